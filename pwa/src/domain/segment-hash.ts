/** The hash that chains a stream's segments; the formula stands in docs/sync-protocol.md. Pure. */
import { type Bytes, fromBase64url, join, u32be, utf8 } from "./bytes.ts";
import { type Digest, h16 } from "./hash.ts";

export interface SegmentIdentity {
  stream: string;
  scope: string;
  first: number;
  n: number;
  /** Hash of the segment before it in the stream, empty for the first. */
  prev: string;
}

export async function segmentHash(digest: Digest, segment: SegmentIdentity, body: Bytes): Promise<string> {
  const scope = utf8(segment.scope);
  return await h16(
    digest,
    join(
      utf8("xuetan-segment/1\u0000"),
      fromBase64url(segment.stream),
      new Uint8Array([scope.length]),
      scope,
      u32be(segment.first),
      u32be(segment.n),
      segment.prev === "" ? new Uint8Array(16) : fromBase64url(segment.prev),
      await digest(body),
    ),
  );
}
