/** Sealed bytes that rotted on this phone. Owns the way out: what cannot be sent ever under its hash is emitted again in a new stream. */
import type { PersonDatabase, SegmentRecord } from "../db/person-schema.ts";
import { announce } from "../db/topics.ts";
import type { Bytes } from "../domain/bytes.ts";
import { segmentHash } from "../domain/segment-hash.ts";
import { digest } from "../platform/compression.ts";
import type { Random } from "../platform/ports.ts";
import { SHA256_BYTES } from "./erase.ts";
import { ROTATE_STORES, rotate } from "./rotate.ts";

/** True when a stored segment no longer matches its hash, and its stream was left; false when the damage happened on the way. */
export async function leaveDamagedBytes(db: PersonDatabase, segments: readonly SegmentRecord[], random: Random): Promise<boolean> {
  for (const segment of segments) {
    const { body, left } = segment;
    const sealed = async (bytes: Bytes): Promise<Bytes> => (left && bytes === body ? body.slice(0, SHA256_BYTES) : await digest(bytes));
    if ((await segmentHash(sealed, segment, body)) === segment.hash) continue;
    await db.write(ROTATE_STORES, async (tx) => {
      const stream = await tx.objectStore("streams").get(segment.stream);
      await rotate(tx, segment.stream, stream?.acked ?? 0, random);
    });
    announce(["events", "sync"]);
    return true;
  }
  return false;
}
