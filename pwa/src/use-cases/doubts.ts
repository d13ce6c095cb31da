/**
 * Times that are not to be relied on: of what was written while the phone's clock was far off. Owns which those are. Shown times are
 * min(phone's time + measured offset, received); where that is far from what the phone said, its clock was wrong, or was put right since.
 */
import { CLOCK_DOUBT_MS } from "../contracts/limits.ts";
import type { PersonMeta, PersonStore, PersonTx, PulledSegment, SyncMeta } from "../db/person-schema.ts";
import { numbersFrom } from "../db/ranges.ts";
import { decodeColumns } from "../domain/columns.ts";
import type { Session } from "./session.ts";

export interface Doubts {
  /** Whether what this person wrote at this shown time is marked. */
  has(by: string, shownMs: number): boolean;
}

interface Known {
  generation: number;
  /** Of the last entry that was looked at. */
  position: number;
  times: Set<string>;
}

type Tx = PersonTx<PersonStore, "readonly">;

const known = new WeakMap<Session, Map<string, Known>>();

/** Of a teacher's scope. Topics: events, pulled, sync. */
export async function readDoubts(session: Session, teacher: string): Promise<Doubts> {
  const scopes = known.get(session) ?? new Map<string, Known>();
  known.set(session, scopes);
  const scope = `u:${teacher}`;
  return await session.db.read(["meta", "events", "entries"], async (tx) => {
    const { generation } = (await tx.objectStore("meta").get("person")) as PersonMeta;
    const before = scopes.get(scope);
    const now: Known = before?.generation === generation ? before : { generation, position: 0, times: new Set() };
    for (const entry of await tx.objectStore("entries").getAll(numbersFrom(scope, now.position + 1))) {
      for (const time of await timesOf(tx, entry)) now.times.add(`${entry.by || session.person.id} ${time}`);
      now.position = entry.position;
    }
    scopes.set(scope, now);
    const waiting = await timesOfWaiting(tx, scope);
    const isMine = (by: string, shownMs: number): boolean => by === session.person.id && waiting.has(shownMs);
    return { has: (by, shownMs) => now.times.has(`${by} ${shownMs}`) || isMine(by, shownMs) };
  });
}

/** The shown times of an entry that are far from what its phone said. */
async function timesOf(tx: Tx, { own, at, off, stream, first, n, columns }: PulledSegment): Promise<number[]> {
  if (at <= 0) return [];
  const events = own
    ? await tx.objectStore("events").getAll(IDBKeyRange.bound([stream, first], [stream, first + n - 1]))
    : columns
      ? decodeColumns(columns)
      : [];
  return events
    .map(({ ts }) => ({ ts, shownMs: Math.min(ts + off, at) }))
    .flatMap(({ ts, shownMs }) => (isFar(shownMs - ts) ? [shownMs] : []));
}

/** What this phone wrote is shown by its newest offset until the root has dated it. */
async function timesOfWaiting(tx: Tx, scope: string): Promise<Set<number>> {
  const offsetMs = ((await tx.objectStore("meta").get("sync")) as SyncMeta | undefined)?.offset?.ms ?? 0;
  if (!isFar(offsetMs)) return new Set();
  const events = await tx
    .objectStore("events")
    .index("by_scope")
    .getAll(IDBKeyRange.bound([scope], [scope, []]));
  return new Set(events.map(({ ts }) => ts + offsetMs));
}

function isFar(ms: number): boolean {
  return Math.abs(ms) > CLOCK_DOUBT_MS;
}
