/**
 * Columnar JSON of a segment's events (docs/sync-protocol.md, "Columns"). Owns the reading; encode-columns.ts the writing, shapes.ts which
 * columns there are. Pure. Invariant: blank places (set aside) are passed over. Values that events share are the same object.
 */
import type { Fact, Origin } from "./event.ts";
import { layOut, type Shape } from "./shapes.ts";

export interface Columns {
  v: number;
  /** Milliseconds in one step of `t`; 1 when absent. */
  u?: number;
  t: number[];
  s: Shape[];
  i: (number | null)[];
  d: unknown[][];
  x: (unknown[] | string)[];
  o?: [number, string, number, string][];
}

export interface DecodedEvent extends Fact {
  /** Place in the segment: seq minus the segment's first. */
  index: number;
  origin?: Origin;
}

/** Passes over blank places; nothing when this version cannot read the columns. Never throws on what a server sent. */
export function decodeColumns(columns: Columns): DecodedEvent[] {
  try {
    return columns.v === 1 ? readColumns(columns) : [];
  } catch {
    return [];
  }
}

function readColumns(columns: Columns): DecodedEvent[] {
  const layout = layOut(columns.s);
  const different = [...columns.x];
  const values = layout.forms.map((form, at) => {
    const numeric = columns.d[at] ?? [];
    if (form === "#") return numeric.values();
    const written = different.shift() ?? [];
    const each = typeof written === "string" ? (written.match(new RegExp(`.{${idLength(form)}}`, "g")) ?? []) : written;
    return valuesOf(numeric as number[], each);
  });
  const origins = new Map((columns.o ?? []).map(([index, stream, seq, hash]) => [index, { stream, seq, hash }]));
  const events: DecodedEvent[] = [];
  let ts = 0;
  columns.i.forEach((number, index) => {
    ts += (columns.t[index] ?? 0) * (columns.u ?? 1);
    const shape = layout.shapes[number ?? -1];
    if (shape === undefined) return;
    const { kind, fields } = shape;
    const payload = Object.fromEntries(fields.map((field, at) => [field, values[shape.columns[at] as number]?.next().value]));
    const origin = origins.get(index);
    events.push(origin ? { index, kind, ts, payload, origin } : { index, kind, ts, payload });
  });
  return events;
}

/** Each pick of the different values; without picks one after the other, the last going on. */
function* valuesOf(picks: readonly number[], different: readonly unknown[]): Generator<unknown, undefined> {
  for (let at = 0; at < picks.length || picks.length === 0; at += 1) yield different[picks[at] ?? Math.min(at, different.length - 1)];
}

/** How many characters an id of this form has; 0 when it is none. */
export function idLength(form: string | undefined): number {
  return { "@": 16, "!": 22 }[form ?? ""] ?? 0;
}

/** True when this can be kept: read now, or by a later version. Unknown fields are welcome. */
export function isColumns(value: unknown): value is Columns {
  const columns = value as Partial<Columns> | null;
  return (
    columns !== null &&
    typeof columns === "object" &&
    typeof columns.v === "number" &&
    (columns.v !== 1 || [columns.t, columns.s, columns.i, columns.d, columns.x].every(Array.isArray))
  );
}
