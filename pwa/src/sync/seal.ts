/**
 * Events become segments: bytes that are stored before they are sent and never change. Owns rule S4 of SPEC.md.
 * Compression can only be awaited outside a transaction, so the storing transaction looks again that nobody sealed meanwhile.
 */
import { SEGMENT_BODY_BYTES_TARGET, SEGMENT_EVENTS_MAX, SEGMENT_INFLATED_BYTES_MAX } from "../contracts/limits.ts";
import type { PersonDatabase, SegmentRecord, StreamRecord } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { type Bytes, join } from "../domain/bytes.ts";
import { encodeColumns } from "../domain/encode-columns.ts";
import { ERASED_KIND, type StreamEvent } from "../domain/event.ts";
import { encodeRemains } from "../domain/remains.ts";
import { segmentHash } from "../domain/segment-hash.ts";
import { digest } from "../platform/compression.ts";
import { eraseHeard } from "./erase.ts";
import { packColumns } from "./pack-columns.ts";

/** Seals everything that was appended to open streams; the number of new segments. What was erased leaves those that stand first: nothing is sent or given with it. */
export async function sealAll(db: PersonDatabase): Promise<number> {
  await eraseHeard(db);
  let made = 0;
  for (;;) {
    const found = await nextUnsealed(db);
    if (found === undefined) return made;
    const segment = await makeSegment(found.stream, found.events);
    if (await storeSegment(db, found.stream, segment)) made += 1;
  }
}

/** The cut: events of one scope, as many as stay within the target and within what the root inflates, at least one. */
export async function cutBody(events: readonly StreamEvent[]): Promise<{ n: number; body: Bytes }> {
  const scope = events[0]?.scope;
  const end = events.findIndex((event) => event.scope !== scope);
  const run = events.slice(0, Math.min(end === -1 ? events.length : end, SEGMENT_EVENTS_MAX));
  const whole = await encodeBody(run);
  if (whole !== undefined) return { n: run.length, body: whole };
  let [fits, tooMany] = [1, run.length];
  let best = await toBody(run.slice(0, 1));
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const body = await encodeBody(run.slice(0, middle));
    if (body !== undefined) [fits, best] = [middle, body];
    else tooMany = middle;
  }
  return { n: fits, body: best };
}

/** The body, or undefined where it would be too much for one segment, packed or unpacked. */
async function encodeBody(events: readonly StreamEvent[]): Promise<Bytes | undefined> {
  // What the root counts is bytes of what is said, shared values for each event again: never more than this.
  if (JSON.stringify(events).length * 3 > SEGMENT_INFLATED_BYTES_MAX) return undefined;
  const body = await toBody(events);
  return body.length <= SEGMENT_BODY_BYTES_TARGET ? body : undefined;
}

/** What was erased before it was sealed is a blank place. */
async function toBody(events: readonly StreamEvent[]): Promise<Bytes> {
  if (!hasErased(events)) return await packColumns(encodeColumns(events));
  return await packColumns(encodeRemains(events.map((event) => (event.kind === ERASED_KIND ? undefined : event))));
}

function hasErased(events: readonly StreamEvent[]): boolean {
  return events.some(({ kind }) => kind === ERASED_KIND);
}

async function nextUnsealed(db: PersonDatabase): Promise<{ stream: StreamRecord; events: StreamEvent[] } | undefined> {
  return await db.read(["streams", "events"], async (tx) => {
    const streams = await tx.objectStore("streams").getAll();
    const stream = streams.find((candidate) => candidate.limit === undefined && candidate.sealed < candidate.next);
    if (stream === undefined) return undefined;
    const range = numbersOf(stream.stream, stream.sealed, stream.next);
    const events = await tx.objectStore("events").getAll(range, SEGMENT_EVENTS_MAX);
    if (events[0]?.seq !== stream.sealed) throw new Error("an event is missing before the seal");
    return { stream, events };
  });
}

async function makeSegment(stream: StreamRecord, events: readonly StreamEvent[]): Promise<SegmentRecord> {
  const { n, body } = await cutBody(events);
  const identity = {
    stream: stream.stream,
    scope: (events[0] as StreamEvent).scope,
    first: stream.sealed,
    n,
    prev: stream.chain,
  };
  const segment = { ...identity, hash: await segmentHash(digest, identity, body) };
  if (!hasErased(events.slice(0, n))) return { ...segment, body };
  // Nothing else was ever sealed: what remains is what the hash names, so it can be proved without its phone as well.
  return { ...segment, body: join(await digest(body), body), left: [1] };
}

async function storeSegment(db: PersonDatabase, seen: StreamRecord, segment: SegmentRecord): Promise<boolean> {
  return await db.write(["streams", "segments"], async (tx) => {
    const stream = await tx.objectStore("streams").get(seen.stream);
    if (stream === undefined || stream.limit !== undefined || stream.sealed !== seen.sealed || stream.chain !== seen.chain) return false;
    await tx.objectStore("segments").add(segment);
    await tx.objectStore("streams").put({
      ...stream,
      sealed: segment.first + segment.n,
      chain: segment.hash,
    });
    return true;
  });
}
