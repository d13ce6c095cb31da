/**
 * `.xtsync` files as bytes (docs/sync-protocol.md, "Files"). Owns the format; sealing is `platform/hpke.ts`, signing `platform/es256.ts`.
 * Pure. Invariant: a file of any bytes is read or is null; nothing of it is believed here.
 */
import { XTSYNC_BYTES_MAX, XTSYNC_HEADER_BYTES_MAX, XTSYNC_NAME_CHARACTERS_MAX } from "../contracts/limits.ts";
import type { FileHeader } from "../contracts/sync.ts";
import { type Bytes, fromBase64url, join, toBase64url, u32le, utf8 } from "../domain/bytes.ts";
import { wellFormed } from "../domain/well-formed.ts";

const MAGIC = utf8("xuetan-file/1\n");
const SIGNATURE_BYTES = 64;
const KINDS: readonly string[] = ["transfers", "receipts", "hub_question", "hub_answer"] satisfies FileHeader["kind"][];
/** Encapsulated key and tag. */
const SEALING_BYTES = 65 + 16;

export interface ReadFile {
  header: FileHeader;
  /** All that stands before what is sealed; the sealing is bound to it. */
  openPart: Bytes;
  sealed: Bytes;
  /** Open part and sealed part. */
  signed: Bytes;
  /** r|s in base64url. */
  signature: string;
}

export function openPartOf(header: FileHeader): Bytes {
  const text = utf8(JSON.stringify(header));
  return join(MAGIC, u32le(text.length), text);
}

export function joinFile(signed: Bytes, signature: string): Bytes {
  return join(signed, fromBase64url(signature));
}

/** Null for whatever is no whole file. */
export function readXtsync(bytes: Bytes): ReadFile | null {
  const start = MAGIC.length + 4;
  if (bytes.length > XTSYNC_BYTES_MAX || bytes.length < start || !MAGIC.every((byte, index) => bytes[index] === byte)) return null;
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  const end = start + headerBytes;
  const tail = bytes.length - SIGNATURE_BYTES;
  if (headerBytes > XTSYNC_HEADER_BYTES_MAX || tail < end + SEALING_BYTES) return null;
  const header = readHeader(bytes.slice(start, end));
  if (header === null) return null;
  const signature = toBase64url(bytes.subarray(tail));
  return { header, openPart: bytes.slice(0, end), sealed: bytes.slice(end, tail), signed: bytes.slice(0, tail), signature };
}

function readHeader(text: Bytes): FileHeader | null {
  try {
    const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text)) as FileHeader;
    const { v, kind, key, device, name, made, by, events, chain } = header;
    const texts = [key, device, name, by ?? "", chain ?? ""].every((part) => typeof part === "string");
    const numbers = [made, events ?? 0].every((part) => Number.isSafeInteger(part));
    if (v !== 1 || !KINDS.includes(kind) || !texts || !numbers) return null;
    return { ...header, name: shortName(name) };
  } catch {
    return null;
  }
}

/** As it may stand in a header and on a screen. */
export function shortName(name: string): string {
  return [...wellFormed({ name }).name.trim()].slice(0, XTSYNC_NAME_CHARACTERS_MAX).join("");
}
