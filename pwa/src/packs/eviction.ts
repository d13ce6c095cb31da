/**
 * Which blobs nobody needs any more. Owns the rule: installed packs, downloads under way and unfinished attempts keep theirs; the rest goes.
 */
import type { Manifest } from "../contracts/manifest.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import type { BlobStore } from "./blob-store.ts";
import { blobsOf, quizzesOf } from "./tier-blobs.ts";
import { isTier } from "./tiers.ts";

export async function evictUnneeded(device: DeviceDatabase, blobs: BlobStore): Promise<void> {
  // Listed before it is asked what is needed: what an installation stores from here on is not in the list.
  const here = await blobs.list();
  const needed = await device.write(["packs", "downloads", "pinned_attempts", "manifests"], async (tx) => {
    const texts = new Map((await tx.objectStore("manifests").getAll()).map((record) => [record.manifest, record.text]));
    const parsed = (hash: string): Manifest | undefined => {
      const text = texts.get(hash);
      return text === undefined ? undefined : (JSON.parse(text) as Manifest);
    };
    const needed = new Set<string>();
    const manifests = new Set<string>();
    for (const pack of [...(await tx.objectStore("packs").getAll()), ...(await tx.objectStore("downloads").getAll())]) {
      const manifest = parsed(pack.manifest);
      manifests.add(pack.manifest);
      if (manifest !== undefined && isTier(pack.tier)) for (const hash of blobsOf(manifest, pack.tier)) needed.add(hash);
    }
    for (const pin of await tx.objectStore("pinned_attempts").getAll()) {
      const manifest = parsed(pin.manifest);
      manifests.add(pin.manifest);
      if (manifest !== undefined) for (const hash of quizzesOf(manifest, pin.lesson)) needed.add(hash);
    }
    const store = tx.objectStore("manifests");
    for (const hash of texts.keys()) if (!manifests.has(hash)) await store.delete(hash);
    return needed;
  });
  for (const hash of here) if (!needed.has(hash)) await blobs.delete(hash);
}
