/**
 * What remains of a segment when some of its events were erased by right: the same columns with blank places for them
 * (docs/sync-protocol.md, "Erasure by right"). Pure. Invariant: `decodeColumns` gives back the events that stay, at their places.
 */
import { type Columns, decodeColumns } from "./columns.ts";
import { encodeColumns } from "./encode-columns.ts";
import type { Fact, Origin } from "./event.ts";

type Kept = Fact & { origin?: Origin };

/** `events`: by place in the segment; `undefined` for what was erased, now or before. An erased event has the time of a neighbour, or 0. */
export function encodeRemains(events: readonly (Kept | undefined)[]): Columns {
  const kept = events.filter((event) => event !== undefined);
  const places = events.flatMap((event, place) => (event ? [place] : []));
  const { i, t: _, o, ...rest } = encodeColumns(kept);
  const blank: (number | null)[] = events.map(() => null);
  places.forEach((place, index) => (blank[place] = i[index] ?? null));
  let last = kept[0]?.ts ?? 0;
  const times = events.map((event) => (last = event?.ts ?? last));
  const t = times.map((ts, place) => (ts - (times[place - 1] ?? 0)) / (rest.u ?? 1));
  const origins = o?.map(([index, ...origin]): [number, string, number, string] => [places[index] as number, ...origin]);
  return { ...rest, t, i: blank, ...(origins ? { o: origins } : {}) };
}

/** Columns that were pulled, without the events at these places. Of columns that this version cannot read nothing is kept. */
export function eraseColumns(columns: Columns, n: number, erased: ReadonlySet<number>): Columns {
  const events: (Kept | undefined)[] = Array.from({ length: n }, () => undefined);
  for (const { index, ...event } of decodeColumns(columns)) if (!erased.has(index)) events[index] = event;
  return encodeRemains(events);
}
