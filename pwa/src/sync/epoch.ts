/**
 * The root was restored: its history is another one. Owns rule S10 of SPEC.md: everything pulled is dropped, everything written is
 * pushed again, nothing else changes.
 */
import { getPersonMeta, getSyncMeta, putMeta } from "../db/meta.ts";
import type { ApplyTx } from "./apply-reply.ts";

export async function adoptEpoch(tx: ApplyTx, epoch: string): Promise<void> {
  for (const store of ["entries", "rows", "receipts", "set_aside"] as const) await tx.objectStore(store).clear();
  for (const stream of await tx.objectStore("streams").getAll())
    await tx.objectStore("streams").put({ ...stream, acked: 0, safe: 0, held: 0 });
  const meta = await getPersonMeta(tx);
  await putMeta(tx, { ...meta, generation: meta.generation + 1 });
  const sync = await getSyncMeta(tx);
  await putMeta(tx, {
    ...sync,
    epoch,
    followVersion: 0,
    follow: [],
    cursors: {},
  });
}
