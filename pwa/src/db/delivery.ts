/** Where an event of this phone stands on its way: only here, received, or set aside. Owns the reading of streams and set-aside marks. */
import type { PersonDatabase } from "./person-schema.ts";
import { readRows } from "./rows.ts";
import { readOutcomes } from "./set-aside.ts";

export type Delivery = "waiting" | "received" | "set_aside";

export interface DeliveryBook {
  of(event: { stream: string; seq: number }): Delivery;
}

/** Events of other phones were received by nature: they came from the server. */
export async function readDeliveries(db: PersonDatabase): Promise<DeliveryBook> {
  const told = readOutcomes(await readRows(db, "set_aside"));
  return await db.read(["streams", "set_aside"], async (tx) => {
    const acked = new Map((await tx.objectStore("streams").getAll()).map((stream) => [stream.stream, stream.acked]));
    const aside = new Set((await tx.objectStore("set_aside").getAllKeys()).map(([stream, seq]) => `${stream}:${seq}`));
    return {
      of({ stream, seq }) {
        if (aside.has(`${stream}:${seq}`)) return told.of({ stream, seq }).became === "released" ? "received" : "set_aside";
        return seq < (acked.get(stream) ?? Number.POSITIVE_INFINITY) ? "received" : "waiting";
      },
    };
  });
}
