/**
 * A file that somebody brought to this phone: receipts for its own person are opened and applied, everything else is carried as it is, the
 * person's own records too, since the root alone can open them. Owns whose files are believed. Invariant: a file whose signature does not fit is refused and says whose it was.
 */
import type { Receipts } from "../contracts/sync.ts";
import { noteCarrying, putCarried } from "../db/carried.ts";
import { unlessFull } from "../db/database.ts";
import { findPerson } from "../db/people.ts";
import { type Bytes, toHex } from "../domain/bytes.ts";
import { digest } from "../platform/compression.ts";
import { isSignedBy } from "../platform/es256.ts";
import { openSealed } from "../platform/hpke.ts";
import { applyStatements } from "../sync/statements.ts";
import { isStated } from "../sync/transfers.ts";
import { readXtsync, type ReadFile } from "../sync/xtsync.ts";
import { takeAnswer } from "./hubs.ts";
import { describeOwn, type OwnFile } from "./own-files.ts";
import type { Session } from "./session.ts";

export type TakenIn =
  | { kind: "receipts"; events: number }
  | { kind: "hub_answer"; name: string }
  | { kind: "carrying"; name: string; again: boolean }
  /** The open person's own records: they go to the server like anybody's, and come back by pull where this phone lacks them. */
  | { kind: "own"; own: OwnFile; again: boolean }
  | {
      kind: "refused";
      code: "file_malformed" | "file_altered" | "receipts_altered" | "carried_full" | "receipts_unreadable" | "hub_answer_unreadable";
      name: string;
    };

export async function takeIn(session: Session, bytes: Bytes): Promise<TakenIn> {
  const file = readXtsync(bytes);
  if (file === null) return { kind: "refused", code: "file_malformed", name: "" };
  const { name, kind, device, by } = file.header;
  if (kind === "hub_answer") {
    const taken = await takeAnswer(session, bytes);
    if (taken === null) return { kind: "refused", code: "hub_answer_unreadable", name };
    return { kind: "hub_answer", name: taken.hub.name };
  }
  if (kind === "hub_question") return { kind: "refused", code: "file_malformed", name };
  const { crypto } = session.app.ports;
  if (!(await isSignedBy(crypto, by ?? "", file.signed, file.signature)))
    return { kind: "refused", code: kind === "receipts" ? "receipts_altered" : "file_altered", name };
  if (kind === "receipts" && device === session.deviceId) return await takeReceipts(session, file);
  const own = kind === "transfers" ? await describeOwn(session, file.header) : undefined;
  const state = await putCarried(session.app.device, {
    file: toHex(await digest(bytes)),
    kind,
    device,
    ...(by === undefined ? {} : { by }),
    ...(own === undefined ? {} : { whose: session.person.id }),
    name,
    madeMs: file.header.made,
    takenMs: session.app.ports.clock.nowMs(),
    state: "waiting",
    bytes,
  });
  if (state === "full") return { kind: "refused", code: "carried_full", name };
  if (kind === "transfers") await noteCarrying(session.db, true).catch(unlessFull);
  const again = state === "again";
  return own === undefined ? { kind: "carrying", name, again } : { kind: "own", own, again };
}

/** Signed by the root that this phone pinned, sealed to this phone, each statement the root's own. */
async function takeReceipts(session: Session, file: ReadFile): Promise<TakenIn> {
  const { name, by } = file.header;
  const refused: TakenIn = { kind: "refused", code: "receipts_unreadable", name };
  const record = await findPerson(session.app.device, session.person.id);
  if (by !== session.rootKey || record?.fileKeys === undefined) return refused;
  const plain = await openSealed(record.fileKeys, file.sealed, file.openPart);
  if (plain === null) return refused;
  const receipts = JSON.parse(new TextDecoder().decode(plain)) as Receipts;
  const stated = [];
  for (const one of receipts.statements) if (await isStated(session.app.ports.crypto, session.rootKey, one)) stated.push(one);
  return { kind: "receipts", events: await applyStatements(session.db, stated, receipts.t) };
}
