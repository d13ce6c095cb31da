/**
 * Reading a scope's events for folding: this phone's own and those of others, once each. Owns the marks that say how far a fold has
 * read. Invariant: an own event is read from `events` only, so that an entry of the same events adds nothing.
 */
import { decodeColumns } from "../domain/columns.ts";
import type { StudyEvent } from "../domain/study.ts";
import { getPersonMeta, getSyncMeta } from "./meta.ts";
import type { PersonDatabase, PulledSegment } from "./person-schema.ts";
import { numbersFrom } from "./ranges.ts";

export interface ScopeMarks {
  generation: number;
  /** Of the phone's clock, by which what was read is dated. */
  offsetMs: number;
  /** Highest position read. */
  position: number;
  /** Per stream of ours, the next seq to read. */
  own: Record<string, number>;
}

export const NO_MARKS: ScopeMarks = { generation: -1, offsetMs: 0, position: 0, own: {} };

/** A measured offset that moved this far would put new words above old ones. */
const OFFSET_MOVED_MS = 1000;

export interface ScopeReading {
  /** True when the fold must begin anew. */
  afresh: boolean;
  events: StudyEvent[];
  marks: ScopeMarks;
}

export async function readScopeEvents(db: PersonDatabase, scope: string, before: ScopeMarks): Promise<ScopeReading> {
  return await db.read(["meta", "streams", "events", "entries"], async (tx) => {
    const meta = await getPersonMeta(tx);
    const { offset } = await getSyncMeta(tx);
    const offsetMs = offset?.ms ?? 0;
    const afresh = before.generation !== meta.generation || Math.abs(offsetMs - before.offsetMs) >= OFFSET_MOVED_MS;
    const { generation } = meta;
    const marks: ScopeMarks = afresh ? { ...NO_MARKS, own: {}, generation, offsetMs } : { ...before, own: { ...before.own } };
    const events: StudyEvent[] = [];
    const entries = await tx.objectStore("entries").getAll(numbersFrom(scope, marks.position + 1));
    for (const stream of await tx.objectStore("streams").getAllKeys()) {
      const from = marks.own[stream] ?? 0;
      // Both stand in the order of writing.
      const numbered = entries.filter((entry) => entry.own && entry.at > 0 && entry.stream === stream);
      const range = IDBKeyRange.bound([scope, stream, from], [scope, stream, Number.POSITIVE_INFINITY]);
      for (const event of await tx.objectStore("events").index("by_scope").getAll(range)) {
        while (numbered[0] && numbered[0].first + numbered[0].n <= event.seq) numbered.shift();
        const entry = numbered[0];
        events.push({
          ...event,
          by: meta.person,
          // As everybody else sees it; by the clock's newest offset only as long as the root has not dated it.
          shownMs: entry && entry.first <= event.seq ? shownMs(entry, event.ts) : event.ts + marks.offsetMs,
        });
        marks.own[stream] = event.seq + 1;
      }
    }
    for (const entry of entries) {
      marks.position = entry.position;
      events.push(...eventsOf(entry));
    }
    return { afresh, events, marks };
  });
}

function eventsOf(entry: PulledSegment): StudyEvent[] {
  if (entry.own || entry.columns === undefined) return [];
  return decodeColumns(entry.columns).map(({ index, kind, ts, payload }) => ({
    kind,
    ts,
    payload,
    stream: entry.stream,
    seq: entry.first + index,
    by: entry.by,
    shownMs: shownMs(entry, ts),
  }));
}

function shownMs({ off, at }: PulledSegment, ts: number): number {
  return Math.min(ts + off, at);
}
