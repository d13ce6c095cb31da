/**
 * What a hub holds: a level below acknowledged. Owns rule S25 of SPEC.md. Invariant: it is only shown, stops no push, and ends with its epoch.
 */
import { getSyncMeta, putMeta } from "../db/meta.ts";
import type { PersonDatabase } from "../db/person-schema.ts";
import { announce } from "../db/topics.ts";
import { heldBy } from "../db/waiting.ts";

/** `held`: events per stream in one run from the beginning, as `provenHeld` found it for a question that was asked in `epoch`. How many are newly held. */
export async function noteHeld(db: PersonDatabase, held: Readonly<Record<string, number>>, epoch: string | undefined): Promise<number> {
  const moved = await db.write(["meta", "streams"], async (tx) => {
    const sync = await getSyncMeta(tx);
    await putMeta(tx, { ...sync, hub: true });
    if (sync.epoch !== epoch) return 0;
    let events = 0;
    for (const stream of await tx.objectStore("streams").getAll()) {
      const before = Math.max(stream.acked, stream.held ?? 0);
      const now = Math.min(held[stream.stream] ?? 0, heldBy(stream));
      if (now <= before) continue;
      events += now - before;
      await tx.objectStore("streams").put({ ...stream, held: now });
    }
    return events;
  });
  if (moved > 0) announce(["sync"]);
  return moved;
}
