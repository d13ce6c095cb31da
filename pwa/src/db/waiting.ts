/** What of this phone's work the server does not have yet. Owns the count; a pure reading. */
import type { PersonDatabase, StreamRecord } from "./person-schema.ts";

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
