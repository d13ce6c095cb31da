/** What of this phone's work the server does not have yet. Owns the count; a pure reading. */
import type { PersonDatabase, StreamRecord } from "./person-schema.ts";
import { numbersOf } from "./ranges.ts";

/** Beyond so many they are not looked at one by one: a few that only say what was read make no difference there. */
const LOOKED_AT_MAX = 200;

export function heldBy(stream: StreamRecord): number {
  return stream.limit ?? stream.next;
}

/** Events of these streams that are in no segment yet. */
export function unsealedIn(streams: readonly StreamRecord[]): number {
  return streams.reduce((all, stream) => all + heldBy(stream) - stream.sealed, 0);
}

export async function countWaiting(db: PersonDatabase): Promise<number> {
  return await sum(db, (stream) => heldBy(stream) - stream.acked);
}

/** Of what waits, what the person made: not that they have read something, which is nobody's work and frightens nobody. */
export async function countWork(db: PersonDatabase): Promise<number> {
  const waiting = await countWaiting(db);
  if (waiting === 0 || waiting > LOOKED_AT_MAX) return waiting;
  return await db.read(["streams", "events"], async (tx) => {
    let work = 0;
    for (const stream of await tx.objectStore("streams").getAll()) {
      const events = await tx.objectStore("events").getAll(numbersOf(stream.stream, stream.acked, heldBy(stream)));
      work += events.filter(({ kind }) => kind !== "feedback_read/1").length;
    }
    return work;
  });
}

/** Of what waits, how much a hub keeps. */
export async function countHeldByHub(db: PersonDatabase): Promise<number> {
  return await sum(db, (stream) => Math.max(0, Math.min(stream.held ?? 0, heldBy(stream)) - stream.acked));
}

/** Events written here, in all streams; never fewer than before, as leaving a stream moves and removes none. */
export async function countHeld(db: PersonDatabase): Promise<number> {
  return await sum(db, heldBy);
}

async function sum(db: PersonDatabase, of: (stream: StreamRecord) => number): Promise<number> {
  const streams = await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  return streams.reduce((all, stream) => all + of(stream), 0);
}
