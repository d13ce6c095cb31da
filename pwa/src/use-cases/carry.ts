/**
 * Carrying for others: handing files in when there is a line, keeping the receipts that come back for their owners. Owns the order and what
 * an answer means. Invariant: a file is let go only after the root said that nothing is left to do.
 */
import { ApiError } from "../api/client.ts";
import { unlessFull } from "../db/database.ts";
import { type CarriedRecord, dropCarried, listCarried, noteCarried, noteCarrying } from "../db/carried.ts";
import { listPeople } from "../db/people.ts";
import { announce } from "../db/topics.ts";
import { fromBase64url } from "../domain/bytes.ts";
import { handOver, type HandedOver } from "../platform/hand-over.ts";
import { fileNameFor } from "./hand-on.ts";
import { readOwnDevices } from "./own-files.ts";
import { sendFile } from "./send-file.ts";
import type { Session } from "./session.ts";
import { takeIn } from "./take-in.ts";
import { withToken } from "./with-token.ts";

/** After the first time in vain; doubled with each. */
const REST_MS = 600_000;
const REST_MS_MAX = 86_400_000;

/** Files that this window is handing in, and how much of each the root has. */
const onTheirWay = new Map<string, number>();

export interface CarriedFile {
  file: string;
  kind: "transfers" | "receipts";
  name: string;
  madeMs: number;
  state: CarriedRecord["state"];
  code?: string;
  answer?: CarriedRecord["answer"];
  /** It is being handed in, which may take long; the share of it that is there. */
  going?: number;
  /** When it was last given out of the app. */
  givenMs?: number;
  /** Records of the open person, or receipts for another phone of theirs. */
  own: boolean;
}

/** But for what is somebody else's of this phone: that is theirs alone to see, and goes in all the same. Topics: carried, rows. */
export async function readCarried(session: Session): Promise<CarriedFile[]> {
  const nameOf = await readOwnDevices(session);
  const others = (await listPeople(session.app.device)).filter(({ person }) => person !== session.person.id);
  const isOthers = ({ whose, device }: CarriedRecord): boolean =>
    whose === undefined ? others.some((one) => one.device === device) : whose !== session.person.id;
  return (await listCarried(session.app.device))
    .filter((file) => !isOthers(file))
    .map(({ bytes, whose: _whose, takenMs: _takenMs, tries: _tries, notBeforeMs: _notBeforeMs, device, by, ...file }) => {
      const sent = onTheirWay.get(file.file);
      return { ...file, ...(sent !== undefined && { going: sent / bytes.length }), own: nameOf({ device, by }) !== undefined };
    });
}

/**
 * Hands in what waits, one after the other; the first that finds no line ends it. `asked`: the person wants it now, or looks. Without their word what was sent
 * in vain rests for a while, longer each time: a file is large, and the line is somebody's money.
 */
export async function forwardCarried(session: Session, asked = true): Promise<void> {
  const work = async (): Promise<void> => {
    for (const one of await listCarried(session.app.device)) {
      if (!isForRoot(one) || (!asked && isResting(one, session.app.ports.clock.nowMs()))) continue;
      if (!(await handIn(session, one, asked))) return;
    }
    const isLeft = async (): Promise<boolean> => (await listCarried(session.app.device)).some(isForRoot);
    if (await isLeft()) return;
    await noteCarrying(session.db, false);
    // Taken in meanwhile, in another window.
    if (await isLeft()) await noteCarrying(session.db, true);
  };
  await session.app.ports.locks.exclusive("xuetan-carry", "if-available", work);
}

function isForRoot({ kind, state }: CarriedRecord): boolean {
  return kind === "transfers" && state === "waiting";
}

/** A clock that was put back makes no wait longer than the longest. */
function isResting({ notBeforeMs = 0 }: CarriedRecord, nowMs: number): boolean {
  return nowMs < notBeforeMs && notBeforeMs - nowMs <= REST_MS_MAX;
}

async function noteVain({ app }: Session, { file, tries = 0 }: CarriedRecord): Promise<void> {
  const rest = Math.min(REST_MS * 2 ** tries, REST_MS_MAX);
  await noteCarried(app.device, file, { tries: tries + 1, notBeforeMs: app.ports.clock.nowMs() + rest });
}

async function handIn(session: Session, carried: CarriedRecord, asked: boolean): Promise<boolean> {
  const { app } = session;
  try {
    const onSent = (bytes: number): void => {
      onTheirWay.set(carried.file, bytes);
      announce(["carried"]);
    };
    onSent(0);
    const sender = {
      ...app.ports,
      api: app.api,
      withToken: async <T>(call: (token: string) => Promise<T>) => await withToken(session.credential, call),
      onSent,
    };
    const answer = await sendFile(sender, carried.file, carried.bytes);
    if (answer.receipt !== undefined) await takeIn(session, fromBase64url(answer.receipt));
    const { taken, known, aside } = answer;
    // Handed in once more where not all of it could be taken at first.
    const told = { taken: taken + (carried.answer?.taken ?? 0), known, aside };
    await noteCarried(app.device, carried.file, { answer: told, ...(answer.done && { state: "delivered", bytes: new Uint8Array() }) });
    if (!answer.done) await noteVain(session, carried);
    // It may have been a safety copy of this very person, or of somebody whose entries they read: that comes down by pull.
    if (answer.taken > 0) session.scheduler.now().catch(() => undefined);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.retry !== "never" || error.code === "not_ours") {
      if (!asked) await noteVain(session, carried);
      return false;
    }
    await noteCarried(app.device, carried.file, { state: "refused", code: error.code });
    return true;
  } finally {
    onTheirWay.delete(carried.file);
    announce(["carried"]);
  }
}

/** Gives a carried file on: receipts to their owner, records to whoever goes on with them. */
export async function handCarried(session: Session, file: string): Promise<{ how: HandedOver; fileName: string } | undefined> {
  const found = (await listCarried(session.app.device)).find((one) => one.file === file);
  if (found === undefined || found.bytes.length === 0) return undefined;
  const nowMs = session.app.ports.clock.nowMs();
  const fileName = fileNameFor(session, { content: found.kind, name: found.name, nowMs });
  const how = await handOver(found.bytes, fileName);
  if (how !== "cancelled") await noteCarried(session.app.device, file, { givenMs: nowMs }).catch(unlessFull);
  return { how, fileName };
}

/** While a screen that says so is open: now, and whenever there is a line again. Returns the way to stop. */
export function keepForwarding(session: Session): () => void {
  const forward = (): void => void forwardCarried(session).catch(() => undefined);
  forward();
  return session.app.ports.connectivity.watch(forward);
}

/** The person's word: take it away. */
export async function letGo(session: Session, file: string): Promise<void> {
  await dropCarried(session.app.device, file);
}
