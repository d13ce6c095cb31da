/**
 * Bytes as text and text as bytes: UTF-8, base64url, hex, joining. Owns no format. `domain` has no TextEncoder and no btoa, on purpose:
 * what is here gives the same bytes in every browser, in Node and inside an IndexedDB transaction, where nothing may be awaited.
 */

export type Bytes = Uint8Array<ArrayBuffer>;

const ALPHABET =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE_OF = new Map(
	[...ALPHABET].map((character, value) => [character, value]),
);

/** Lone surrogates become U+FFFD, as in TextEncoder. */
export function utf8(text: string): Bytes {
	const out: number[] = [];
	for (const character of text) {
		const point = character.codePointAt(0) ?? 0;
		if (point < 0x80) out.push(point);
		else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63));
		else if (point >= 0xd800 && point < 0xe000) out.push(0xef, 0xbf, 0xbd);
		else if (point < 0x10000)
			out.push(
				0xe0 | (point >> 12),
				0x80 | ((point >> 6) & 63),
				0x80 | (point & 63),
			);
		else
			out.push(
				0xf0 | (point >> 18),
				0x80 | ((point >> 12) & 63),
				0x80 | ((point >> 6) & 63),
				0x80 | (point & 63),
			);
	}
	return new Uint8Array(out);
}

export function toBase64url(bytes: Uint8Array): string {
	let text = "";
	for (let at = 0; at < bytes.length; at += 3) {
		const group =
			((bytes[at] ?? 0) << 16) |
			((bytes[at + 1] ?? 0) << 8) |
			(bytes[at + 2] ?? 0);
		const characters = Math.min(3, bytes.length - at) + 1;
		for (let index = 0; index < characters; index += 1)
			text += ALPHABET.charAt((group >> (18 - 6 * index)) & 63);
	}
	return text;
}

/** Throws a RangeError when a character is not of the alphabet; padding is not accepted. */
export function fromBase64url(text: string): Bytes {
	const out = new Uint8Array(Math.floor((text.length * 3) / 4));
	let group = 0;
	let bits = 0;
	let at = 0;
	for (const character of text) {
		const value = VALUE_OF.get(character);
		if (value === undefined) throw new RangeError("not base64url");
		group = ((group << 6) | value) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[at] = (group >> bits) & 255;
			at += 1;
		}
	}
	return out;
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
	return new Uint8Array([
		value >>> 24,
		(value >>> 16) & 255,
		(value >>> 8) & 255,
		value & 255,
	]);
}

export function u32le(value: number): Bytes {
	return u32be(value).reverse();
}
