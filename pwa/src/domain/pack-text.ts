/**
 * The text of a segment in the coding that both sides know beforehand (docs/sync-protocol.md, "Segments"): no table of codes goes over the
 * line, repetitions reach into a text that was never sent, ids go as they are. Comes with the second chunk. Pure.
 * Invariant: any inflater reads it when the prelude of contracts/segment_coding.yaml stands in front.
 */
import { DICTIONARY, DISTANCES, LITERALS } from "../contracts/segment-coding.ts";
import { type Bytes, fromBase64url, join, utf8 } from "./bytes.ts";

/** How far back a repetition may reach, and how many places are tried. */
const WINDOW = 32_768;
const CHAIN = 32;
const LENGTH_MAX = 258;
const [END, FIRST_LENGTH] = [256, 257];

/** RFC 1951, 3.2.5: the smallest length, or distance, of each symbol, and the bits that say how much more. */
const LENGTH_BITS = [...Array.from({ length: 28 }, (_, at) => (at < 8 ? 0 : (at - 4) >> 2)), 0];
const LENGTH_BASES = [...basesOf(3, LENGTH_BITS).slice(0, 28), LENGTH_MAX];
const DISTANCE_BITS = Array.from({ length: 30 }, (_, at) => (at < 4 ? 0 : (at - 2) >> 1));
const DISTANCE_BASES = basesOf(1, DISTANCE_BITS);
const LITERAL_LENGTHS = [...LITERALS].map((digit) => parseInt(digit, 16));
const DISTANCE_LENGTHS = [...DISTANCES].map((digit) => parseInt(digit, 16));

/** Bits and ids; undefined for a text that the coding does not reach. */
export function packText(text: string): Bytes | undefined {
  const { holed, ids } = cutIds(text);
  const start = utf8(DICTIONARY).length;
  const data = utf8(DICTIONARY + holed);
  if (data.length > WINDOW || text.includes("\u0001")) return undefined;
  return join(writeSteps(data, start, findSteps(data, start)), ids);
}

/** A hole for each run of ids; the ids, six bits a character. */
function cutIds(text: string): { holed: string; ids: Bytes } {
  let found = "";
  const holed = text.replace(/"([\w-]{16,})"/g, (whole, ids: string) => {
    if ((ids.length % 16 > 0 && ids.length % 22 > 0) || ids.toLowerCase() === ids) return whole;
    found += ids;
    return `"\u0001${ids.length}"`;
  });
  const raw = fromBase64url(found.padEnd(Math.ceil(found.length / 4) * 4, "A"));
  return { holed, ids: raw.subarray(0, Math.ceil((found.length * 3) / 4)) as Bytes };
}

/** The cheapest way to each place: how many bytes its last step takes, and from how far back; 0 for a byte itself. */
function findSteps(data: Bytes, start: number): { lengths: Uint16Array; distances: Uint16Array } {
  const costs = new Float64Array(data.length + 1).fill(Infinity, start + 1);
  const [lengths, distances] = [new Uint16Array(data.length + 1), new Uint16Array(data.length + 1)];
  const places = new Map<number, number>();
  const earlier = new Int32Array(data.length).fill(-1);
  const reach = (to: number, cost: number, length: number, distance: number): void => {
    if (cost >= (costs[to] as number)) return;
    costs[to] = cost;
    lengths[to] = length;
    distances[to] = distance;
  };
  for (let at = 0; at < data.length; at += 1) {
    const key = ((data[at] as number) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    const cost = costs[at] as number;
    if (at >= start) reach(at + 1, cost + (LITERAL_LENGTHS[data[at] as number] as number), 1, 0);
    if (at + 2 >= data.length) continue;
    let longest = 2;
    let before = at >= start ? (places.get(key) ?? -1) : -1;
    for (let tries = 0; before >= 0 && tries < CHAIN; tries += 1) {
      const length = sameBytes(data, before, at);
      const far = symbolOf(DISTANCE_BASES, at - before);
      const base = cost + (DISTANCE_LENGTHS[far] as number) + (DISTANCE_BITS[far] as number);
      while (longest < length) {
        longest += 1;
        const symbol = symbolOf(LENGTH_BASES, longest);
        const bits = (LITERAL_LENGTHS[FIRST_LENGTH + symbol] as number) + (LENGTH_BITS[symbol] as number);
        reach(at + longest, base + bits, longest, at - before);
      }
      before = earlier[before] as number;
    }
    earlier[at] = places.get(key) ?? -1;
    places.set(key, at);
  }
  return { lengths, distances };
}

function sameBytes(data: Bytes, before: number, at: number): number {
  let length = 0;
  while (length < LENGTH_MAX && at + length < data.length && data[before + length] === data[at + length]) length += 1;
  return length;
}

function writeSteps(data: Bytes, start: number, { lengths, distances }: { lengths: Uint16Array; distances: Uint16Array }): Bytes {
  const ends: number[] = [];
  for (let at = data.length; at > start; at -= lengths[at] as number) ends.push(at);
  const [literals, fars] = [codesOf(LITERAL_LENGTHS), codesOf(DISTANCE_LENGTHS)];
  const out: number[] = [];
  let [bits, count] = [0, 0];
  const put = (value: number, length: number): void => {
    bits |= value << count;
    for (count += length; count >= 8; count -= 8) {
      out.push(bits & 255);
      bits >>>= 8;
    }
  };
  const putSymbol = (codes: readonly number[], sizes: readonly number[], symbol: number): void =>
    put(codes[symbol] as number, sizes[symbol] as number);
  for (const end of ends.reverse()) {
    const [length, distance] = [lengths[end] as number, distances[end] as number];
    if (distance === 0) {
      putSymbol(literals, LITERAL_LENGTHS, data[end - 1] as number);
      continue;
    }
    const near = symbolOf(LENGTH_BASES, length);
    putSymbol(literals, LITERAL_LENGTHS, FIRST_LENGTH + near);
    put(length - (LENGTH_BASES[near] as number), LENGTH_BITS[near] as number);
    const far = symbolOf(DISTANCE_BASES, distance);
    putSymbol(fars, DISTANCE_LENGTHS, far);
    put(distance - (DISTANCE_BASES[far] as number), DISTANCE_BITS[far] as number);
  }
  putSymbol(literals, LITERAL_LENGTHS, END);
  put(0, 7);
  return Uint8Array.from(out);
}

/** Canonical codes (RFC 1951, 3.2.2), the first bit lowest, as they are written. */
function codesOf(lengths: readonly number[]): number[] {
  const codes: number[] = [];
  let code = 0;
  for (let length = 1; length < 16; length += 1) {
    code *= 2;
    lengths.forEach((own, symbol) => {
      if (own !== length) return;
      codes[symbol] = parseInt([...code.toString(2).padStart(length, "0")].reverse().join(""), 2);
      code += 1;
    });
  }
  return codes;
}

function basesOf(first: number, bits: readonly number[]): number[] {
  let next = first;
  return bits.map((more) => (next += 2 ** more) - 2 ** more);
}

function symbolOf(bases: readonly number[], value: number): number {
  let symbol = bases.length - 1;
  while ((bases[symbol] as number) > value) symbol -= 1;
  return symbol;
}
