/**
 * Columnar JSON of a segment's events (docs/sync-protocol.md, "Events, streams, segments"). Owns both directions. Pure.
 * Invariant: decoding what was encoded gives the same events; blank places (set aside) are passed over.
 */
import type { Fact, Origin, Payload } from "./event.ts";

export interface Columns {
  v: number;
  t0: number;
  dt: number[];
  s: string[][];
  i: (number | null)[];
  d: unknown[][][];
  o?: [number, string, number, string][];
}

export interface DecodedEvent extends Fact {
  /** Place in the segment: seq minus the segment's first. */
  index: number;
  origin?: Origin;
}

export function encodeColumns(events: readonly (Fact & { origin?: Origin })[]): Columns {
  const first = events[0];
  if (first === undefined) throw new RangeError("a segment holds at least one event");
  const shapes = new Map<string, number>();
  const columns: Columns = { v: 1, t0: first.ts, dt: [], s: [], i: [], d: [] };
  const origins: [number, string, number, string][] = [];
  let before = first.ts;
  events.forEach((event, index) => {
    columns.dt.push(event.ts - before);
    before = event.ts;
    const fields = Object.keys(event.payload);
    const name = JSON.stringify([event.kind, ...fields]);
    let shape = shapes.get(name);
    if (shape === undefined) {
      shape = columns.s.length;
      shapes.set(name, shape);
      columns.s.push([event.kind, ...fields]);
      columns.d.push(fields.map(() => []));
    }
    columns.i.push(shape);
    fields.forEach((field, column) => columns.d[shape]?.[column]?.push(event.payload[field]));
    if (event.origin) origins.push([index, event.origin.stream, event.origin.seq, event.origin.hash]);
  });
  if (origins.length > 0) columns.o = origins;
  return columns;
}

/** Passes over blank places and whatever does not fit; never throws on what a server sent. */
export function decodeColumns(columns: Columns): DecodedEvent[] {
  const taken = columns.s.map(() => 0);
  const origins = new Map((columns.o ?? []).map(([index, stream, seq, hash]) => [index, { stream, seq, hash }]));
  const events: DecodedEvent[] = [];
  let ts = columns.t0;
  columns.i.forEach((shape, index) => {
    ts += columns.dt[index] ?? 0;
    if (shape === null) return;
    const [kind, ...fields] = columns.s[shape] ?? [];
    if (kind === undefined) return;
    const row = taken[shape] ?? 0;
    taken[shape] = row + 1;
    const payload: Payload = Object.fromEntries(fields.map((field, column) => [field, columns.d[shape]?.[column]?.[row]]));
    const origin = origins.get(index);
    events.push(origin ? { index, kind, ts, payload, origin } : { index, kind, ts, payload });
  });
  return events;
}

/** True when this can be decoded; unknown fields are welcome. */
export function isColumns(value: unknown): value is Columns {
  const columns = value as Partial<Columns> | null;
  return (
    columns !== null &&
    typeof columns === "object" &&
    typeof columns.t0 === "number" &&
    [columns.dt, columns.s, columns.i, columns.d].every(Array.isArray)
  );
}
