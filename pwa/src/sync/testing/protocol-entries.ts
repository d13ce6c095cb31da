/** What the server in memory stores of a segment and tells of it. Owns the reading of bodies and the shape of entries; no state. */
import type { Entry, SegmentHeader } from "../../contracts/sync.ts";
import { type Bytes, fromBase64url } from "../../domain/bytes.ts";
import { type Columns, decodeColumns } from "../../domain/columns.ts";
import { encodeColumns } from "../../domain/encode-columns.ts";
import { segmentHash } from "../../domain/segment-hash.ts";
import { digest } from "../../platform/compression.ts";
import { readBody } from "./body.ts";

export interface StoredSegment {
  header: SegmentHeader;
  stream: string;
  by: string;
  role: string;
  after: boolean;
  columns: Columns;
  at: number;
  off: number;
  /** Index to code. */
  aside: Map<number, string>;
}

export type LogEntry = { segment: StoredSegment } | { kind: string; key: string; body: Record<string, unknown> | undefined };

export function wireEntry(r: number, p: number, entry: LogEntry, stream: string, proven: Set<number>, nowMs: number): Entry {
  if (!("segment" in entry))
    return {
      r,
      p,
      k: entry.kind,
      key: entry.key,
      ...(entry.body === undefined ? {} : { b: entry.body }),
    };
  const { header, by, role, after, columns, at, off, aside } = entry.segment;
  if (entry.segment.stream === stream && proven.has(header.first))
    return { r, p, f: header.first, n: header.n, ...(at === nowMs ? {} : { at, off }) };
  const base: Entry = {
    r,
    p,
    s: entry.segment.stream,
    f: header.first,
    n: header.n,
    by,
    role,
    at,
    off,
    ...(after ? { after } : {}),
  };
  const seqs = [...aside.keys()].map((index) => header.first + index);
  return {
    ...base,
    ...(seqs.length > 0 ? { x: seqs } : {}),
    d: blank(columns, aside) as unknown as Record<string, unknown>,
  };
}

function blank(columns: Columns, aside: Map<number, string>): Columns {
  const kept = decodeColumns(columns).filter(({ index }) => !aside.has(index));
  const shapes = kept.length > 0 ? encodeColumns(kept) : { s: [], i: [], d: [], x: [] };
  const i = columns.i.map((_, index) => shapes.i[kept.findIndex((event) => event.index === index)] ?? null);
  const o = (columns.o ?? []).filter(([index]) => !aside.has(index));
  const { v, u, t } = columns;
  const { s, d, x } = shapes;
  return { v, ...(u === undefined ? {} : { u }), t, s, i, d, x, ...(o.length > 0 ? { o } : {}) };
}

export async function look(stream: string, segment: SegmentHeader, body: Bytes): Promise<Columns | "damaged" | "unreadable"> {
  const sealed = async (bytes: Bytes): Promise<Bytes> =>
    segment.gone && bytes === body ? fromBase64url(segment.gone) : await digest(bytes);
  if ((await segmentHash(sealed, { stream, ...segment }, body)) !== segment.hash) return "damaged";
  try {
    return JSON.parse(await readBody(body)) as Columns;
  } catch {
    return "unreadable";
  }
}
