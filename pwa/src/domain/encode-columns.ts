/**
 * The writing of a segment's events as columns, byte for byte as the server writes them. Comes with the second chunk: what only seals is not
 * needed to show anything. Pure. Invariant: `decodeColumns` gives the same events back.
 */
import { type Columns, idLength } from "./columns.ts";
import type { Fact, Origin } from "./event.ts";
import { fields, kinds, layOut, type Shape } from "./shapes.ts";

export function encodeColumns(events: readonly (Fact & { origin?: Origin })[]): Columns {
  const u = [1000, 100, 10].find((unit) => events.every(({ ts }) => ts % unit === 0)) ?? 1;
  const numbers = new Map<string, number>();
  const s: Shape[] = [];
  const i = events.map(({ kind, payload }) => {
    const names = Object.keys(payload);
    const place = placeOf(numbers, JSON.stringify([kind, ...names]));
    if (place === s.length) s.push(writeShape(kind, names));
    return place;
  });
  const { forms, shapes } = layOut(s);
  const values: unknown[][] = forms.map(() => []);
  events.forEach(({ payload }, index) => {
    shapes[i[index] as number]?.columns.forEach((column, field) => values[column]?.push(Object.values(payload)[field]));
  });
  const x: Columns["x"] = [];
  const d = values.map((column, at) => {
    if (forms[at] === "#") return column;
    const places = new Map<string, number>();
    const different: unknown[] = [];
    const picks = column.map((value) => {
      const place = placeOf(places, JSON.stringify(value));
      if (place === different.length) different.push(value);
      return place;
    });
    const length = idLength(forms[at]);
    const areIds = different.every((value) => typeof value === "string" && value.length === length && /^[\w-]+$/.test(value));
    x.push(areIds ? different.join("") : different);
    return different.length === 1 || different.length === column.length ? [] : picks;
  });
  const o = events.flatMap(({ origin }, index): [number, string, number, string][] =>
    origin ? [[index, origin.stream, origin.seq, origin.hash]] : [],
  );
  const t = events.map(({ ts }, index) => (ts - (events[index - 1]?.ts ?? 0)) / u);
  return { v: 1, ...(u > 1 ? { u } : {}), t, s, i, d, x, ...(o.length > 0 ? { o } : {}) };
}

function placeOf(places: Map<string, number>, key: string): number {
  const place = places.get(key) ?? places.size;
  places.set(key, place);
  return place;
}

/** The shortest spelling of a kind with the names of its fields. */
function writeShape(kind: string, names: readonly string[]): Shape {
  const number = kinds.findIndex((each) => each.kind === kind);
  if (number < 0) return [kind, ...names];
  const { usual } = kinds[number] as (typeof kinds)[number];
  const own = usual.map((each) => fields[each]?.name);
  if (own.join() === names.join()) return number;
  return [
    number,
    ...names.map((name) => {
      const place = own.indexOf(name);
      const found = place < 0 ? fields.findIndex((field) => field.name === name) : (usual[place] as number);
      return found < 0 ? name : found;
    }),
  ];
}
