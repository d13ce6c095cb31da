/** Where an event of this phone stands on its way: only here, received, in doubt, or set aside. Owns the reading of streams and set-aside marks. */
import { getStatus } from "./meta.ts";
import type { PersonDatabase } from "./person-schema.ts";
import { readRows } from "./rows.ts";
import { readOutcomes } from "./set-aside.ts";
import { heldBy } from "./waiting.ts";

/** `at_hub`: a hub keeps it, and the root does not have it. `to_check`: the root had it, and does not know this phone now: it may have been put back to a time before. */
export type Delivery = "waiting" | "at_hub" | "received" | "to_check" | "set_aside";

export interface DeliveryBook {
  of(event: { stream: string; seq: number; provisional?: boolean }): Delivery;
  /** Whether it was written in this database, and not on another phone or before this one's store was cleared. */
  isOwn(event: { stream: string }): boolean;
}

/** Events of other phones were received by nature, as they came from the server; but for those that a hub alone has. */
export async function readDeliveries(db: PersonDatabase): Promise<DeliveryBook> {
  const told = readOutcomes(await readRows(db, "set_aside"));
  return await db.read(["meta", "streams", "set_aside"], async (tx) => {
    const received = (await getStatus(tx)).problem === "sign_in_required" ? "to_check" : "received";
    const streams = new Map((await tx.objectStore("streams").getAll()).map((stream) => [stream.stream, stream]));
    const aside = new Set((await tx.objectStore("set_aside").getAllKeys()).map(([stream, seq]) => `${stream}:${seq}`));
    return {
      of({ stream, seq, provisional }) {
        // Of what a hub brought, or proved, the row alone tells: then no answer did.
        const isAside =
          aside.has(`${stream}:${seq}`) ||
          told.listed.some((row) => row.stream === stream && row.seq <= seq && seq < row.seq + (row.n ?? 1));
        if (isAside) return told.of({ stream, seq }).became === "released" ? received : "set_aside";
        // What a left stream no longer holds was moved to the next one; an entry of it is the root's, from a release or a carried file.
        const found = streams.get(stream);
        const own = found !== undefined && seq < heldBy(found) ? found : undefined;
        if (own === undefined ? !provisional : seq < own.acked) return received;
        return own === undefined || seq < (own.held ?? 0) ? "at_hub" : "waiting";
      },
      isOwn: ({ stream }) => streams.has(stream),
    };
  });
}
