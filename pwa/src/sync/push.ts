/**
 * What the next request says: which segments, which cursors. Owns rule S5 of SPEC.md and the sizes. Reads only.
 */
import { SYNC_HEADER_BYTES_MAX, SYNC_REQUEST_BYTES_MAX, SYNC_SEGMENTS_MAX } from "../contracts/limits.ts";
import { getPersonMeta, getSyncMeta } from "../db/meta.ts";
import type { PersonDatabase, SegmentRecord } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { heldBy, unsealedIn } from "../db/waiting.ts";
import type { Bytes } from "../domain/bytes.ts";
import { encodeFrame } from "./frame.ts";
import type { Sizes } from "./sizes.ts";

/** The state that a request was made from; its answer is applied to this state only (S8). */
export interface Request {
  stream: string;
  generation: number;
  epoch: string | undefined;
  segments: SegmentRecord[];
  /** Events that were in no segment when it was made: they could not be sealed, or were saved after the others were. More of them are new ones. */
  unsealed: number;
  cursors: Record<number, number>;
  /** What it says of this phone's clock, ms; what the root dates its segments by. */
  off: number;
  frame: Bytes;
}

export async function planRequest(db: PersonDatabase, sizes: Sizes, app: string): Promise<Request> {
  return await db.read(["meta", "streams", "segments"], async (tx) => {
    const meta = await getPersonMeta(tx);
    const sync = await getSyncMeta(tx);
    const streams = (await tx.objectStore("streams").getAll()).sort((left, right) => left.order - right.order);
    const stream =
      streams.find((candidate) => candidate.acked < Math.min(candidate.sealed, heldBy(candidate))) ??
      streams.find((candidate) => candidate.stream === meta.current);
    if (stream === undefined) throw new Error("there is no current stream");
    const range = numbersOf(stream.stream, stream.acked, heldBy(stream));
    const segments = within(sizes, await tx.objectStore("segments").getAll(range, Math.min(sizes.segments, SYNC_SEGMENTS_MAX)));
    const cur = sync.follow.flatMap(({ number }) => (sync.cursors[number] ? [number, sync.cursors[number]] : []));
    const start = [heldBy(stream), sync.followVersion, cur, sync.offset?.ms ?? null, sizes.pullBytes, app];
    return {
      stream: stream.stream,
      generation: meta.generation,
      epoch: sync.epoch,
      segments,
      unsealed: unsealedIn(streams),
      cursors: sync.cursors,
      off: sync.offset?.ms ?? 0,
      frame: encodeFrame({ person: meta.person, stream: stream.stream, epoch: sync.epoch, start }, segments),
    };
  });
}

function within(sizes: Sizes, segments: readonly SegmentRecord[]): SegmentRecord[] {
  const room = Math.min(sizes.pushBytes, SYNC_REQUEST_BYTES_MAX - SYNC_HEADER_BYTES_MAX);
  const taken: SegmentRecord[] = [];
  let bytes = 0;
  for (const segment of segments) {
    bytes += segment.body.length;
    if (taken.length > 0 && bytes > room) break;
    taken.push(segment);
  }
  return taken;
}
