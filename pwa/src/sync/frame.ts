/** The frame of POST /sync/1: length, header, bodies. Owns the bytes on the wire; `push.ts` decides what goes in. Pure. */
import type { SyncHeader } from "../contracts/sync.ts";
import { type Bytes, join, u32le, utf8 } from "../domain/bytes.ts";

export function encodeFrame(header: SyncHeader, bodies: readonly Uint8Array[]): Bytes {
  if (header.segs.length !== bodies.length || header.segs.some((segment, index) => segment.len !== bodies[index]?.length)) {
    throw new Error("header and bodies differ");
  }
  for (const [index, segment] of header.segs.entries()) {
    const before = header.segs[index - 1];
    if (before !== undefined && (segment.first !== before.first + before.n || segment.prev !== before.hash)) {
      throw new Error("segments of one request follow one another");
    }
  }
  const text = utf8(JSON.stringify(header));
  return join(u32le(text.length), text, ...bodies);
}
