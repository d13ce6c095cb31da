/** The follow list: which scopes this person reads now. Owns rule S21 of SPEC.md: a scope that is no longer listed leaves with what was pulled. */
import type { SyncMeta } from "../db/person-schema.ts";
import { allUnder, numbersFrom } from "../db/ranges.ts";
import type { ApplyTx } from "./apply-reply.ts";
import type { Follow } from "./reply.ts";

/** True when something was dropped. */
export async function applyFollow(tx: ApplyTx, sync: SyncMeta, follow: Follow): Promise<{ sync: SyncMeta; dropped: boolean }> {
  const numbers = new Map(follow.list.map((item) => [item.scope, item.number]));
  // A scope under a new number is read from its beginning again.
  const gone = sync.follow.filter((item) => numbers.get(item.scope) !== item.number);
  for (const { scope } of gone) {
    // Read from elsewhere on, perhaps: what is still to be seen is fetched again.
    numbers.delete(scope);
    await tx.objectStore("entries").delete(numbersFrom(scope, 0));
    await tx.objectStore("rows").delete(allUnder(scope));
  }
  // By the list and not by what is gone: after a restore the list of before is forgotten, and what was fetched under it is not.
  for (const { sha256, named, arrived, scope } of await tx.objectStore("blobs").getAll())
    if (!named && arrived !== undefined && !numbers.has(scope)) {
      await tx.objectStore("blobs").delete(sha256);
      await tx.objectStore("blob_bytes").delete(sha256);
    }
  const cursors = { ...sync.cursors };
  for (const { number } of gone) delete cursors[number];
  return {
    sync: {
      ...sync,
      followVersion: follow.version,
      follow: follow.list,
      cursors,
    },
    dropped: gone.length > 0,
  };
}
