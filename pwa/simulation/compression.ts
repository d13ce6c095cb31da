/** Stands in for src/platform/compression.ts: the same bytes, without threads, so that a seed decides the order of everything. */
import { createHash } from "node:crypto";
import { deflateRawSync, gunzipSync, gzipSync } from "node:zlib";

type Bytes = Uint8Array<ArrayBuffer>;

export async function deflate(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(deflateRawSync(bytes));
}

export async function gzip(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(gzipSync(bytes));
}

export async function gunzip(bytes: Bytes, bytesMax: number): Promise<Bytes> {
  return new Uint8Array(gunzipSync(bytes, { maxOutputLength: Math.min(bytesMax, 1 << 30) }));
}

export async function digest(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}
