/**
 * What was erased by right leaves this phone: rows `erased` say which events. Owns rule S30 of SPEC.md. Their places stay, in `events` and in
 * the segments, which keep their hashes with what remains; what was made of them is folded anew, and files that nothing else names go. Hashes and
 * bodies can only be made outside of a transaction, so the storing one looks again that nothing moved meanwhile.
 */
import type { Erased } from "../contracts/rows.ts";
import { namedByDrafts } from "../db/blobs.ts";
import { getPersonMeta, putMeta } from "../db/meta.ts";
import type { PersonDatabase, PersonStore, PersonTx, RowRecord, SegmentRecord } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { announce } from "../db/topics.ts";
import { join } from "../domain/bytes.ts";
import { ERASED_KIND, originOf, type StreamEvent } from "../domain/event.ts";
import { encodeRemains, eraseColumns } from "../domain/remains.ts";
import { digest } from "../platform/compression.ts";
import { packColumns } from "./pack-columns.ts";

export const SHA256_BYTES = 32;
const TRIES = 4;
const STORES = ["meta", "events", "segments", "entries", "rows", "drafts", "blobs", "blob_bytes"] as const;
type EraseTx = PersonTx<PersonStore>;

/** Does what rows say that came since; true when there was any. */
export async function eraseHeard(db: PersonDatabase): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const open = await openRows(db);
    if (open.length === 0) return tries > 0;
    const { person } = await db.read(["meta"], getPersonMeta);
    const tombstones = await makeTombstones(db, namesOf(open, person));
    if (await db.write(STORES, async (tx) => await erase(tx, open, tombstones))) {
      announce(["events", "pulled", "rows", "blobs"]);
      return true;
    }
  }
  return false;
}

async function openRows(db: PersonDatabase): Promise<RowRecord[]> {
  const rows = await db.read(["rows"], async (tx) => await tx.objectStore("rows").index("by_kind").getAll("erased"));
  return rows.filter(({ done }) => done !== true);
}

function bodyOf({ body }: RowRecord): Erased {
  return body as unknown as Erased;
}

/** Of what this person wrote: somebody else may have said that theirs repeats it. */
function namesOf(rows: readonly RowRecord[], person: string): Set<string> {
  return new Set(
    rows.flatMap((row) => bodyOf(row).events.flatMap(([stream, seq, hash, by]) => (by === person ? [[stream, seq, hash].join()] : []))),
  );
}

/** An event is the same however often it was emitted again. */
function isNamed(event: StreamEvent, names: ReadonlySet<string>): boolean {
  const { stream, seq, hash } = originOf(event);
  return event.kind !== ERASED_KIND && names.has([stream, seq, hash].join());
}

/** By stream and first: what takes the place of each own segment that holds some of these events. */
async function makeTombstones(db: PersonDatabase, names: ReadonlySet<string>): Promise<Map<string, SegmentRecord>> {
  const made = new Map<string, SegmentRecord>();
  const found = await db.read(["events", "segments"], async (tx) => {
    const named = (await tx.objectStore("events").getAll()).filter((event) => isNamed(event, names));
    const pairs: { segment: SegmentRecord; events: StreamEvent[] }[] = [];
    for (const segment of await tx.objectStore("segments").getAll()) {
      const { stream, first, n } = segment;
      if (!named.some((event) => event.stream === stream && event.seq >= first && event.seq < first + n)) continue;
      pairs.push({ segment, events: await tx.objectStore("events").getAll(numbersOf(stream, first, first + n)) });
    }
    return pairs;
  });
  for (const { segment, events } of found) {
    const sealed = segment.left ? segment.body.slice(0, SHA256_BYTES) : await digest(segment.body);
    const left = encodeRemains(events.map((event) => (event.kind === ERASED_KIND || isNamed(event, names) ? undefined : event)));
    made.set(placeOf(segment), { ...segment, body: join(sealed, await packColumns(left)), left: [1] });
  }
  return made;
}

function placeOf({ stream, first, hash }: SegmentRecord): string {
  return [stream, first, hash].join();
}

/** False, and nothing was changed, when the segments are not those any more. */
async function erase(tx: EraseTx, rows: readonly RowRecord[], tombstones: ReadonlyMap<string, SegmentRecord>): Promise<boolean> {
  const meta = await getPersonMeta(tx);
  const names = namesOf(rows, meta.person);
  const named = (await tx.objectStore("events").getAll()).filter((event) => isNamed(event, names));
  const segments = await tx.objectStore("segments").getAll();
  const touched = segments.filter(({ stream, first, n }) =>
    named.some((event) => event.stream === stream && event.seq >= first && event.seq < first + n),
  );
  if (touched.some((segment) => !tombstones.has(placeOf(segment)))) return false;
  const files = new Set<string>();
  for (const segment of touched) await tx.objectStore("segments").put(tombstones.get(placeOf(segment)) as SegmentRecord);
  for (const event of named) {
    noteFiles(files, event.payload);
    await tx.objectStore("events").put({ ...event, kind: ERASED_KIND, ts: 0, payload: {} });
  }
  for (const row of rows) {
    await eraseEntries(tx, row, files);
    await tx.objectStore("rows").put({ ...row, done: true });
  }
  await dropFiles(tx, files);
  await putMeta(tx, { ...meta, generation: meta.generation + 1 });
  return true;
}

/** What was pulled of others. */
async function eraseEntries(tx: EraseTx, row: RowRecord, files: Set<string>): Promise<void> {
  for (const [position, seqs] of bodyOf(row).entries as [number, number[]][]) {
    const entry = await tx.objectStore("entries").get([row.scope, position]);
    if (entry?.columns === undefined) continue;
    noteFiles(files, entry.columns);
    const columns = eraseColumns(entry.columns, entry.n, new Set(seqs.map((seq) => seq - entry.first)));
    await tx.objectStore("entries").put({ ...entry, columns });
  }
}

function noteFiles(files: Set<string>, from: unknown): void {
  for (const sha256 of JSON.stringify(from).match(/\b[0-9a-f]{64}\b/g) ?? []) files.add(sha256);
}

/** Those of these that nothing on this phone names any more. */
async function dropFiles(tx: EraseTx, files: ReadonlySet<string>): Promise<void> {
  if (files.size === 0) return;
  const kept = await namedByDrafts(tx);
  for (const { payload } of await tx.objectStore("events").getAll()) noteFiles(kept, payload);
  for (const { columns } of await tx.objectStore("entries").getAll()) if (columns) noteFiles(kept, columns);
  for (const sha256 of files) {
    if (kept.has(sha256)) continue;
    await tx.objectStore("blobs").delete(sha256);
    await tx.objectStore("blob_bytes").delete(sha256);
  }
}
