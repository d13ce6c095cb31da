/** What of this phone's work the server does not have yet. Owns the count; a pure reading. */
import type { PersonDatabase, StreamRecord } from "./person-schema.ts";

export function heldBy(stream: StreamRecord): number {
  return stream.limit ?? stream.next;
}

export async function countWaiting(db: PersonDatabase): Promise<number> {
  const streams = await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  return streams.reduce((sum, stream) => sum + heldBy(stream) - stream.acked, 0);
}
