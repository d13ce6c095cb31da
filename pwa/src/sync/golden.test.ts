/** The golden examples that the server's tests read too: hashes, columns, segments, frames and versions, byte for byte. */
import { describe, expect, test } from "vitest";
import eventHashes from "../../../contracts/golden/event_hashes.json";
import journalVersions from "../../../contracts/golden/journal_versions.json";
import segments from "../../../contracts/golden/segments.json";
import frames from "../../../contracts/golden/sync_frames.json";
import type { JournalSaved } from "../contracts/events.ts";
import { PULL_BYTES_MIN } from "../contracts/limits.ts";
import type { SyncHeader } from "../contracts/sync.ts";
import type { Bytes } from "../domain/bytes.ts";
import { type Columns, decodeColumns } from "../domain/columns.ts";
import { encodeColumns } from "../domain/encode-columns.ts";
import type { Fact, Origin } from "../domain/event.ts";
import { eventHash } from "../domain/event-hash.ts";
import { headsOf } from "../domain/journal-graph.ts";
import { versionOf } from "../domain/journal-version.ts";
import { segmentHash } from "../domain/segment-hash.ts";
import { digest } from "../platform/compression.ts";
import { encodeFrame } from "./frame.ts";
import { readBody } from "./testing/body.ts";
import { readFrame } from "./testing/read-frame.ts";

type GoldenEvent = Fact & { origin?: unknown };

test.each(eventHashes.events)("the hash of a $kind is the server's", async (event) => {
  expect(await eventHash(digest, event)).toBe(event.hash);
});

test.each(journalVersions.versions)("version $ver is named as on the server", async ({ payload, ver }) => {
  expect(await versionOf(digest, payload as Omit<JournalSaved, "ver">)).toBe(ver);
});

test.each(journalVersions.graphs)("the heads $heads are those that the server finds", ({ versions, heads }) => {
  const graph = Object.entries(versions as Record<string, string[]>).map(([ver, parents], at) => ({ ver, parents, text: "", savedMs: at }));
  expect(
    headsOf(graph)
      .map(({ ver }) => ver)
      .sort(),
  ).toEqual(heads);
});

interface GoldenSegment {
  scope: string;
  first: number;
  n: number;
  prev: string;
  hash: string;
  columns: string;
  body: string;
  events: GoldenEvent[];
}

const chains = segments.chains as unknown as {
  name: string;
  stream: string;
  segments: GoldenSegment[];
}[];

describe.each(chains)("the chain $name", ({ stream, segments: chain }) => {
  test.each(chain)("segment at $first: columns, body and hash", async (segment) => {
    const events = segment.events.map(withOrigin);
    expect(JSON.stringify(encodeColumns(events))).toBe(segment.columns);
    const decoded = decodeColumns(JSON.parse(segment.columns) as Columns);
    expect(decoded).toEqual(events.map((event, index) => ({ index, ...event })));
    const body = fromBase64(segment.body);
    expect(await readBody(body)).toBe(segment.columns);
    expect(await segmentHash(digest, { stream, ...segment }, body)).toBe(segment.hash);
  });
});

test.each(frames.frames)("the frame: $name", ({ person, says, bodies, frame }) => {
  const { v: _, stream, epoch, head, follow, cur, off, max, app, segs } = says as SyncHeader;
  const start = [head, follow, cur.flat(), off ?? null, max ?? PULL_BYTES_MIN, app ?? ""];
  const segments = segs.map((segment, index) => ({ stream, ...segment, body: fromBase64(bodies[index] as string) }));
  const encoded = encodeFrame({ person, stream, epoch, start }, segments);
  expect(readFrame(encoded, person)).toEqual(readFrame(fromBase64(frame), person));
  expect(toBase64(encoded)).toBe(frame);
});

function withOrigin({ origin, ...fact }: GoldenEvent): Fact & { origin?: Origin } {
  if (!Array.isArray(origin)) return origin === undefined ? fact : { ...fact, origin: origin as Origin };
  const [stream, seq, hash] = origin as [string, number, string];
  return { ...fact, origin: { stream, seq, hash } };
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

test.each([
  ["u:", "u::"],
  ["p::", "p:::"],
  ["u:me", "u:"],
  ["c:me", "c:me"],
])("the scope %s is written %s, so that every scope can be said", (scope, written) => {
  const segment = { stream: "A".repeat(22), scope, first: 0, n: 1, prev: "", hash: "B".repeat(21) + "A", body: new Uint8Array(1) };
  const frame = encodeFrame({ person: "me", stream: segment.stream, epoch: undefined, start: [] }, [segment]);
  const length = new DataView(frame.buffer).getUint32(0, true);
  expect(JSON.parse(new TextDecoder().decode(frame.slice(4, 4 + length)))).toEqual([1, 0, [[written, 1, 1]]]);
});
