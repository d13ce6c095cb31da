/** The frame of POST /sync/1: length, header, ids, bodies. Owns the bytes on the wire; `push.ts` decides what goes in. Pure. */
import type { SegmentRecord } from "../db/person-schema.ts";
import { type Bytes, fromBase64url, join, u32le, utf8 } from "../domain/bytes.ts";

export interface FrameParts {
  person: string;
  stream: string;
  epoch: string | undefined;
  /** All in the header before the segments, in its order: what docs/sync-protocol.md calls head, follow, cur, off, max and app. */
  start: readonly unknown[];
}

export function encodeFrame({ person, stream, epoch, start }: FrameParts, segments: readonly SegmentRecord[]): Bytes {
  let next = segments[0]?.first ?? 0;
  const ids = [stream, epoch ?? NO_ID, ...(next > 0 ? [segments[0]?.prev ?? ""] : [])];
  const header: unknown[] = [1, ...start];
  if (segments.length > 0) {
    header.push(
      next,
      segments.map(({ scope, first, n, prev, hash, body, left = [] }, index) => {
        if (first !== next || (index > 0 && prev !== ids[ids.length - 1])) throw new Error("segments of one request follow one another");
        next += n;
        ids.push(hash);
        return [spelled(scope, person), n, body.length, ...left];
      }),
    );
  }
  const text = utf8(JSON.stringify(header));
  return join(u32le(text.length), text, ...ids.map(fromBase64url), ...segments.map(({ body }) => body));
}

/** A person's own scopes without the person; what would read like that has one colon more, so that every scope can be said. */
function spelled(scope: string, person: string): string {
  return scope === `u:${person}` || scope === `p:${person}` ? scope.slice(0, 2) : scope.replace(/^[up]:+$/, "$&:");
}

const NO_ID = "A".repeat(22);
