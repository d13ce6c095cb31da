/**
 * Files of records that are the open person's own: a safety copy, or what somebody was to carry, come back to this phone or to another of theirs.
 * Owns whose a file is and what this phone knows of what is in it. Invariant: only what is known is said; what a file holds the root alone judges.
 */
import type { FileHeader } from "../contracts/sync.ts";
import { findPerson } from "../db/people.ts";
import { readRows } from "../db/rows.ts";
import { numbersFrom } from "../db/ranges.ts";
import { heldBy } from "../db/waiting.ts";
import { spkiOf } from "./hand-on.ts";
import type { Session } from "./session.ts";

export interface OwnFile {
  madeMs: number;
  /** As its maker counted them. */
  events?: number;
  /** The name of the phone that made it, where that is another one of theirs. */
  phone?: string;
  /** `received`: the server has all that is in it. `here`: not all, but all of it is on this phone too. Absent: this phone cannot know. */
  stands?: "received" | "here";
}

/** The name of the phone of theirs that a file is from, empty for this one; undefined for a stranger's. */
export type NameOfOwn = (file: { device: string; by?: string | undefined }) => string | undefined;

/** Of other phones the server tells. This one knows its key: with another nobody made a file here, whatever its header says. */
export async function readOwnDevices(session: Session): Promise<NameOfOwn> {
  const names = new Map((await readRows(session.db, "device")).map(({ key, body }) => [key, body.name]));
  const record = await findPerson(session.app.device, session.person.id);
  const own = record && (await spkiOf(session.app.ports.crypto, record.keys));
  return ({ device, by }) => (device !== session.deviceId ? names.get(device) : by !== undefined && by === own ? "" : undefined);
}

/** Undefined for somebody else's file. */
export async function describeOwn(session: Session, header: FileHeader): Promise<OwnFile | undefined> {
  const { device, made: madeMs, events, chain } = header;
  const name = (await readOwnDevices(session))(header);
  if (name === undefined) return undefined;
  const stands = device === session.deviceId && chain !== undefined ? await findStanding(session, chain) : undefined;
  return {
    madeMs,
    ...(events === undefined ? {} : { events }),
    ...(device === session.deviceId ? {} : { phone: name }),
    ...(stands === undefined ? {} : { stands }),
  };
}

/** By the hash of the last segment, which covers all before it in its stream; older streams go first, as into the file. */
async function findStanding(session: Session, chain: string): Promise<OwnFile["stands"]> {
  return await session.db.read(["streams", "segments"], async (tx) => {
    const streams = (await tx.objectStore("streams").getAll()).filter(({ device }) => device === session.deviceId);
    let older = true;
    for (const stream of streams.sort((left, right) => left.order - right.order)) {
      const keys = await tx.objectStore("segments").getAllKeys(numbersFrom(stream.stream, 0));
      // The newest first, one at a time: a copy is taken in soon after it was made, and bodies are large.
      for (const key of keys.reverse()) {
        const segment = await tx.objectStore("segments").get(key);
        if (segment?.hash === chain) return older && segment.first + segment.n <= stream.acked ? "received" : "here";
      }
      older &&= stream.acked >= heldBy(stream);
    }
    return undefined;
  });
}
