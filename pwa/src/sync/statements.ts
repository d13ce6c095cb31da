/**
 * What the root's signed word changes, whoever brought it: acknowledgements and receipts, in one transaction. Owns rule S23 of SPEC.md.
 * Invariant: a statement counts only in the epoch it was made in, and only where the chain of this phone's own segments agrees.
 */
import type { Statement } from "../contracts/sync.ts";
import { getSyncMeta, putMeta } from "../db/meta.ts";
import type { PersonDatabase, SegmentRecord } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { announce } from "../db/topics.ts";
import { APPLY_STORES, type ApplyTx, putReceipt } from "./apply-reply.ts";

/** Applies statements that `isStated` found true; the number of events that they newly prove. `rootMs`: the root's clock when it spoke. */
export async function applyStatements(db: PersonDatabase, statements: readonly Statement[], rootMs: number): Promise<number> {
  const proven = await db.write(APPLY_STORES, async (tx) => {
    let events = 0;
    for (const statement of statements) events += await applyOne(tx, statement, rootMs);
    return events;
  });
  if (proven > 0) announce(["sync", "receipts"]);
  return proven;
}

async function applyOne(tx: ApplyTx, statement: Statement, rootMs: number): Promise<number> {
  const sync = await getSyncMeta(tx);
  // Statements about epochs have no order: who stands in one leaves it by the root's own answer alone.
  if (sync.epoch !== undefined && sync.epoch !== statement.epoch) return 0;
  const stream = await tx.objectStore("streams").get(statement.stream);
  if (stream === undefined || statement.next <= stream.acked || statement.next > stream.sealed) return 0;
  const segments = await tx.objectStore("segments").getAll(numbersOf(stream.stream, stream.acked, statement.next));
  if (!isProvenBy(segments, statement)) return 0;
  await putMeta(tx, { ...sync, epoch: statement.epoch });
  await tx.objectStore("streams").put({ ...stream, acked: statement.next });
  for (const segment of segments) await putReceipt(tx, segment, rootMs, "received");
  return statement.next - stream.acked;
}

/** The root's chain is ours: then all before it is the same, too. */
function isProvenBy(segments: readonly SegmentRecord[], statement: Statement): boolean {
  const last = segments[segments.length - 1];
  return last !== undefined && last.first + last.n === statement.next && last.hash === statement.chain;
}
