/** A bundle: many blobs in one file (docs/pack-format.md). Owns its coding; a blob comes out only when it is the one that was named. */
import type { Bytes } from "../domain/bytes.ts";
import { toHex } from "../domain/bytes.ts";
import { digest, gunzip } from "../platform/compression.ts";
import { PackRefusedError } from "./refused.ts";

interface IndexEntry {
  hash: string;
  length: number;
  coding: string;
}

/** Blobs of the bundle that are wanted, each inflated and verified. `sizes`: the size that the manifest states for each wanted hash. */
export async function* readBundle(bundle: Bytes, sizes: ReadonlyMap<string, number>): AsyncGenerator<{ hash: string; bytes: Bytes }> {
  const { entries, start } = readIndex(bundle);
  let at = start;
  for (const { hash, length, coding } of entries) {
    const part = bundle.subarray(at, at + length);
    at += length;
    const size = sizes.get(hash);
    if (size === undefined) continue;
    const bytes = await unpack(part, coding, size);
    if (toHex(await digest(bytes)) !== hash) throw new PackRefusedError("blob_changed");
    yield { hash, bytes };
  }
}

function readIndex(bundle: Bytes): { entries: IndexEntry[]; start: number } {
  if (bundle.length < 4) throw new PackRefusedError("bundle_malformed");
  const length = new DataView(bundle.buffer, bundle.byteOffset).getUint32(0, true);
  const start = 4 + length;
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bundle.subarray(4, start)));
  } catch {
    throw new PackRefusedError("bundle_malformed");
  }
  const entries = Array.isArray(raw) ? raw.map(readEntry) : undefined;
  const sum = entries?.reduce((total, entry) => total + (entry?.length ?? Number.NaN), start);
  if (entries === undefined || sum !== bundle.length) throw new PackRefusedError("bundle_malformed");
  return { entries: entries as IndexEntry[], start };
}

function readEntry(value: unknown): IndexEntry | undefined {
  if (!Array.isArray(value)) return undefined;
  const [hash, length, coding] = value as unknown[];
  if (typeof hash !== "string" || !Number.isSafeInteger(length) || (length as number) < 0) return undefined;
  return typeof coding === "string" ? { hash, length: length as number, coding } : undefined;
}

async function unpack(part: Bytes, coding: string, size: number): Promise<Bytes> {
  if (coding === "") return part.slice();
  if (coding !== "gzip") throw new PackRefusedError("bundle_malformed");
  try {
    return await gunzip(part.slice(), size);
  } catch {
    throw new PackRefusedError("blob_changed");
  }
}
