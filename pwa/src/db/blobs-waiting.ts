/** Photos and recordings that the server does not have yet. A pure reading, small enough for the first visit: the chip shows it. */
import type { BlobRecord } from "./blob-records.ts";
import { getSyncMeta } from "./meta.ts";
import type { PersonDatabase } from "./person-schema.ts";

/** What arrived under another epoch of the root is to be sent again; before a first answer nothing can go. */
export async function blobsWaiting(db: PersonDatabase): Promise<BlobRecord[]> {
  return await db.read(["meta", "blobs"], async (tx) => {
    const { epoch } = await getSyncMeta(tx);
    return (await tx.objectStore("blobs").getAll()).filter((blob) => blob.named && blob.here && blob.arrived !== epoch);
  });
}
