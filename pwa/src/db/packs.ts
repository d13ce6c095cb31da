/** Installed packs, manifests and downloads in the device's database, as screens read them. `downloads.ts` has what the installer writes. */
import type { Manifest } from "../contracts/manifest.ts";
import type { DeviceDatabase, DownloadRecord, InstalledPack } from "./device-schema.ts";

export async function listInstalled(device: DeviceDatabase): Promise<InstalledPack[]> {
  return await device.read(["packs"], async (tx) => await tx.objectStore("packs").getAll());
}

export async function findManifest(device: DeviceDatabase, hash: string): Promise<Manifest | undefined> {
  const record = await device.read(["manifests"], async (tx) => await tx.objectStore("manifests").get(hash));
  return record === undefined ? undefined : (JSON.parse(record.text) as Manifest);
}

export async function listDownloads(device: DeviceDatabase): Promise<DownloadRecord[]> {
  return await device.read(["downloads"], async (tx) => await tx.objectStore("downloads").getAll());
}
