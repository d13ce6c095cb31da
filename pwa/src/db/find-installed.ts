/** One installed pack, as screens and the installer look for it. */
import type { DeviceDatabase, InstalledPack } from "./device-schema.ts";

export async function findInstalled(device: DeviceDatabase, slug: string): Promise<InstalledPack | undefined> {
  return await device.read(["packs"], async (tx) => await tx.objectStore("packs").get(slug));
}
