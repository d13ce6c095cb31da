/** What of this phone's work the server does not have yet. Owns the count; a pure reading. */
import type { PersonDatabase, StreamRecord } from "./person-schema.ts";
import { numbersOf } from "./ranges.ts";

/** Beyond so many of a stream they are not looked at one by one, and are work: a few that only say what was read make no difference there. */
const LOOKED_AT_MAX = 200;

export function heldBy(stream: StreamRecord): number {
  return stream.limit ?? stream.next;
}

/** Events of these streams that are in no segment yet. */
export function unsealedIn(streams: readonly StreamRecord[]): number {
  return streams.reduce((all, stream) => all + heldBy(stream) - stream.sealed, 0);
}

export async function countWaiting(db: PersonDatabase): Promise<number> {
  const streams = await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  return streams.reduce((all, stream) => all + heldBy(stream) - stream.acked, 0);
}

/**
 * What waits, of one moment. `work`: all but that they have read something, which is nobody's work and frightens nobody; what is not found here
 * may be anything, so it is work. `files`: photos and recordings that wait beside the words. `kept`: how much of it a hub keeps.
 */
export async function countParts(db: PersonDatabase, files = 0): Promise<{ waiting: number; work: number; kept: number }> {
  return await db.read(["streams", "events"], async (tx) => {
    let [waiting, marks, kept] = [files, 0, 0];
    for (const stream of await tx.objectStore("streams").getAll()) {
      const all = heldBy(stream);
      waiting += all - stream.acked;
      kept += Math.max(0, Math.min(stream.held ?? 0, all) - stream.acked);
      const events = await tx.objectStore("events").getAll(numbersOf(stream.stream, stream.acked, all), LOOKED_AT_MAX);
      marks += events.filter(({ kind }) => kind === "feedback_read/1").length;
    }
    return { waiting, work: waiting - marks, kept };
  });
}
