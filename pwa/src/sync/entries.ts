/**
 * Pulled entries become rows and segments of others. Owns rules S9 and S12 of SPEC.md: cursors only grow, and what stands in a stream of
 * ours is ours only when this database wrote the same events.
 */
import type { Entry } from "../contracts/sync.ts";
import { getPersonMeta } from "../db/meta.ts";
import type { PulledSegment, SyncMeta } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { decodeColumns, isColumns } from "../domain/columns.ts";
import { ERASED_KIND } from "../domain/event.ts";
import type { ApplyTx } from "./apply-reply.ts";
import type { Reply } from "./reply.ts";

export interface AppliedEntries {
  sync: SyncMeta;
  moved: boolean;
  /** Somebody else writes to our current stream: a copy of this database. */
  cloneSeen: boolean;
}

/** `firsts`: of the segments of `stream` that this request proved; their entries come without columns, and without times that are those of the request. */
export interface Proven {
  stream: string;
  firsts: ReadonlySet<number>;
  at: number;
  off: number;
}

export async function applyEntries(tx: ApplyTx, sync: SyncMeta, reply: Pick<Reply, "entries">, proven: Proven): Promise<AppliedEntries> {
  const meta = await getPersonMeta(tx);
  const scopes = new Map(sync.follow.map(({ number, scope }) => [number, scope]));
  const cursors = { ...sync.cursors };
  let moved = false;
  let cloneSeen = false;
  // A scope is read up to an entry that came without the content we would need, and from there again next time.
  const halted = new Set<number>();
  for (const entry of reply.entries) {
    const scope = scopes.get(entry.r);
    if (scope === undefined || halted.has(entry.r) || entry.p <= (cursors[entry.r] ?? 0)) continue;
    const stream = entry.s ?? proven.stream;
    if (entry.f !== undefined && !isColumns(entry.d) && !(await isHere(tx, stream, entry, proven))) {
      halted.add(entry.r);
      continue;
    }
    cursors[entry.r] = entry.p;
    moved = true;
    if (entry.f === undefined) await applyRow(tx, scope, entry);
    else {
      const pulled = await pulledSegment(tx, scope, entry, stream, proven);
      await tx.objectStore("entries").put(pulled);
      if (!pulled.own && stream === meta.current) cloneSeen = true;
    }
  }
  return { sync: { ...sync, cursors }, moved, cloneSeen };
}

async function applyRow(tx: ApplyTx, scope: string, entry: Entry): Promise<void> {
  const kind = entry.k as string;
  const key = entry.key as string;
  if (entry.b === undefined) await tx.objectStore("rows").delete([scope, kind, key]);
  else await tx.objectStore("rows").put({ scope, kind, key, position: entry.p, body: entry.b });
}

async function pulledSegment(tx: ApplyTx, scope: string, entry: Entry, stream: string, proven: Proven): Promise<PulledSegment> {
  const first = entry.f ?? 0;
  const n = entry.n ?? 0;
  const own = await isOwn(tx, stream, first, n, entry);
  const { at = 0, off = 0 } = entry.at === undefined ? proven : entry;
  return {
    scope,
    position: entry.p,
    stream,
    first,
    n,
    by: entry.by ?? "",
    role: entry.role ?? "",
    after: entry.after === true,
    at,
    off,
    own,
    ...(own || !isColumns(entry.d) ? {} : { columns: entry.d }),
  };
}

/** An entry without columns: this request proved it, and its events are here. */
async function isHere(tx: ApplyTx, stream: string, entry: Entry, proven: Proven): Promise<boolean> {
  if (stream !== proven.stream || !proven.firsts.has(entry.f ?? -1)) return false;
  const first = entry.f ?? 0;
  return (await tx.objectStore("events").count(numbersOf(stream, first, first + (entry.n ?? 0)))) === entry.n;
}

/** True when this database holds the very events of the entry; columns keep the order of fields, so that spellings can be compared. */
async function isOwn(tx: ApplyTx, stream: string, first: number, n: number, entry: Entry): Promise<boolean> {
  if (!isColumns(entry.d)) return true;
  const events = await tx.objectStore("events").getAll(numbersOf(stream, first, first + n));
  if (events.length !== n) return false;
  return decodeColumns(entry.d).every((theirs) => {
    const mine = events[theirs.index];
    // A root whose list of erasures was lost tells it again; nobody else did.
    if (mine?.kind === ERASED_KIND) return true;
    return mine?.kind === theirs.kind && mine.ts === theirs.ts && JSON.stringify(mine.payload) === JSON.stringify(theirs.payload);
  });
}
