/** Reading a request's frame, which only a server does; written from docs/sync-protocol.md. For tests. */
import type { SegmentHeader, SyncHeader } from "../../contracts/sync.ts";
import { type Bytes, toBase64url } from "../../domain/bytes.ts";

const SHA256_BYTES = 32;

type Written = [
  v: 1,
  head: number,
  follow: number,
  cur: number[],
  off?: number | null,
  max?: number,
  app?: string,
  first?: number,
  segs?: [string, number, number, 1?][],
];

export function readFrame(frame: Bytes, person: string): { header: SyncHeader; bodies: Bytes[] } {
  let at = 4 + new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  const take = (length: number): Bytes => frame.slice(at, (at += length));
  const written = JSON.parse(new TextDecoder().decode(frame.subarray(4, at))) as Written;
  const [v, head, follow, cur, off = null, max = 8192, app = "", first = 0, segs = []] = written;
  const [stream, epoch] = [toBase64url(take(16)), toBase64url(take(16))];
  let prev = segs.length > 0 && first > 0 ? toBase64url(take(16)) : "";
  let next = first;
  const headers: SegmentHeader[] = segs.map(([scope, n, len]) => {
    const header = { scope: scope.length > 2 ? scope : scope + person, first: next, n, prev, hash: toBase64url(take(16)), len };
    next += n;
    prev = header.hash;
    return header;
  });
  const pairs = Array.from({ length: cur.length / 2 }, (_, index) => cur.slice(index * 2, index * 2 + 2));
  return {
    header: {
      v,
      stream,
      head,
      segs: headers,
      cur: pairs,
      follow,
      max,
      app,
      ...(epoch === "A".repeat(22) ? {} : { epoch }),
      ...(off === null ? {} : { off }),
    },
    bodies: segs.map(([, , length, left], index) => {
      if (left !== 1) return take(length);
      const header = headers[index] as SegmentHeader;
      header.gone = toBase64url(take(SHA256_BYTES));
      header.len = length - SHA256_BYTES;
      return take(header.len);
    }),
  };
}
