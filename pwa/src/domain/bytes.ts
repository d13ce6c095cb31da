/**
 * Bytes as text and text as bytes: UTF-8, base64url, hex, joining. Owns no format. Uses the three pure functions that every realm has (pages,
 * workers, Node) and that answer at once, so that they serve inside an IndexedDB transaction, where nothing may be awaited.
 */

declare const TextEncoder: new () => { encode(text: string): Bytes };
declare const btoa: (binary: string) => string;
declare const atob: (base64: string) => string;

export type Bytes = Uint8Array<ArrayBuffer>;

/** Lone surrogates become U+FFFD. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

export function toBase64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Throws a RangeError when a character is not of the alphabet; padding is not accepted. */
export function fromBase64url(text: string): Bytes {
  if (!/^[\w-]*$/.test(text)) throw new RangeError("not base64url");
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function join(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function u32be(value: number): Bytes {
  return new Uint8Array([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

export function u32le(value: number): Bytes {
  return u32be(value).reverse();
}
