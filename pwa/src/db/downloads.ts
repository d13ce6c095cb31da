/** What an installation writes: manifests, downloads, parts, and the flip. Owns the transactions; `packs/` the rules. */
import type { DeviceDatabase, DownloadRecord, InstalledPack, ManifestRecord } from "./device-schema.ts";
import { numbersFrom } from "./ranges.ts";
import { announce } from "./topics.ts";

export async function putManifest(device: DeviceDatabase, record: ManifestRecord): Promise<void> {
  await device.write(["manifests"], async (tx) => {
    await tx.objectStore("manifests").put(record);
  });
}

export async function putDownload(device: DeviceDatabase, record: DownloadRecord): Promise<void> {
  await device.write(["downloads"], async (tx) => {
    await tx.objectStore("downloads").put(record);
  });
  announce(["downloads"]);
}

/** Changes the record if it is there. */
export async function changeDownload(device: DeviceDatabase, slug: string, change: Partial<DownloadRecord>): Promise<void> {
  await device.write(["downloads"], async (tx) => {
    const record = await tx.objectStore("downloads").get(slug);
    if (record !== undefined) await tx.objectStore("downloads").put({ ...record, ...change });
  });
  announce(["downloads"]);
}

/** How far a file has come; the parts lie one after the other from 0. */
export async function countPartBytes(device: DeviceDatabase, file: string): Promise<number> {
  return await device.read(["parts"], async (tx) => {
    let end = 0;
    for (const part of await tx.objectStore("parts").getAll(numbersFrom(file, 0))) {
      if (part.offset !== end) break;
      end += part.bytes.length;
    }
    return end;
  });
}

/** Stores a piece and the progress in one transaction; false when the download was paused or removed meanwhile. */
export async function putPart(
  device: DeviceDatabase,
  slug: string,
  part: { file: string; offset: number; bytes: Uint8Array<ArrayBuffer> },
  bytesDone: number,
): Promise<boolean> {
  const goesOn = await device.write(["parts", "downloads"], async (tx) => {
    await tx.objectStore("parts").put(part);
    const record = await tx.objectStore("downloads").get(slug);
    if (record === undefined) return false;
    await tx.objectStore("downloads").put({ ...record, bytesDone });
    return record.state === "running";
  });
  announce(["downloads"]);
  return goesOn;
}

export async function readParts(device: DeviceDatabase, file: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts = await device.read(["parts"], async (tx) => await tx.objectStore("parts").getAll(numbersFrom(file, 0)));
  return parts.map((part) => part.bytes);
}

export async function dropParts(device: DeviceDatabase, file: string): Promise<void> {
  await device.write(["parts"], async (tx) => {
    await tx.objectStore("parts").delete(numbersFrom(file, 0));
  });
}

/** The flip: from this commit on the new version is the installed one, and its download is history. */
export async function putInstalled(device: DeviceDatabase, pack: InstalledPack, files: readonly string[]): Promise<void> {
  await device.write(["packs", "downloads", "parts"], async (tx) => {
    await tx.objectStore("packs").put(pack);
    await tx.objectStore("downloads").delete(pack.slug);
    for (const file of files) await tx.objectStore("parts").delete(numbersFrom(file, 0));
  });
  announce(["packs", "downloads"]);
}

export async function dropInstalled(device: DeviceDatabase, slug: string): Promise<InstalledPack | undefined> {
  const dropped = await device.write(["packs", "downloads"], async (tx) => {
    const pack = await tx.objectStore("packs").get(slug);
    await tx.objectStore("packs").delete(slug);
    await tx.objectStore("downloads").delete(slug);
    return pack;
  });
  announce(["packs", "downloads"]);
  return dropped;
}
