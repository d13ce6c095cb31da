/** Reading a segment's body, which the phone itself never does: columns come down as JSON. Written from docs/sync-protocol.md, for tests. */
import { DICTIONARY, DISTANCES, LITERALS } from "../../contracts/segment-coding.ts";
import { type Bytes, toBase64url, utf8 } from "../../domain/bytes.ts";

/** The text inside; throws when it is not as long as the body says. */
export async function readBody(body: Bytes): Promise<string> {
  const said = new DataView(body.buffer, body.byteOffset).getUint32(0) >>> 8;
  const text = said < CODED ? await inflated(body.subarray(3)) : readCoded(body.subarray(3));
  if (utf8(text).length !== said % CODED) throw new RangeError("the text is not as long as the body says");
  return text;
}

const CODED = 1 << 23;

async function inflated(packed: Bytes): Promise<string> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new TextDecoder().decode(await new Response(stream).arrayBuffer());
}

function readCoded(packed: Bytes): string {
  let [place, bits] = [0, 0];
  const bit = (): number => {
    const byte = packed[place >> 3];
    if (byte === undefined) throw new RangeError("the text is cut short");
    return (byte >> (place++ & 7)) & 1;
  };
  const number = (length: number): number => {
    bits = 0;
    for (let at = 0; at < length; at += 1) bits += bit() * 2 ** at;
    return bits;
  };
  const symbol = (symbols: ReadonlyMap<string, number>): number => {
    let code = "";
    while (!symbols.has(code)) code += bit();
    return symbols.get(code) as number;
  };
  const [literals, fars] = [symbolsOf(LITERALS), symbolsOf(DISTANCES)];
  const out = [...utf8(DICTIONARY)];
  const start = out.length;
  for (let found = symbol(literals); found !== 256; found = symbol(literals)) {
    if (found < 256) {
      out.push(found);
      continue;
    }
    const [nearBase, nearBits] = LENGTHS[found - 257] as [number, number];
    const length = nearBase + number(nearBits);
    const [farBase, farBits] = FARS[symbol(fars)] as [number, number];
    const distance = farBase + number(farBits);
    for (let at = 0; at < length; at += 1) out.push(out[out.length - distance] as number);
  }
  const ids = toBase64url(packed.subarray((place + 7) >> 3));
  let at = 0;
  const text = new TextDecoder().decode(Uint8Array.from(out.slice(start)));
  return text.replace(new RegExp(`${String.fromCharCode(1)}(\\d+)`, "g"), (_, length) => ids.slice(at, (at += Number(length))));
}

/** Canonical codes as they are read, and what they stand for. */
function symbolsOf(digits: string): Map<string, number> {
  const symbols = new Map<string, number>();
  let code = 0;
  for (let length = 1; length < 16; length += 1) {
    code *= 2;
    [...digits].forEach((digit, symbol) => {
      if (parseInt(digit, 16) === length) symbols.set((code++).toString(2).padStart(length, "0"), symbol);
    });
  }
  return symbols;
}

/** RFC 1951, 3.2.5, as its tables stand: base and extra bits. */
const LENGTHS = pairs(
  "3,4,5,6,7,8,9,10,11,13,15,17,19,23,27,31,35,43,51,59,67,83,99,115,131,163,195,227,258",
  "0000000011112222333344445555" + "0",
);
const FARS = pairs(
  "1,2,3,4,5,7,9,13,17,25,33,49,65,97,129,193,257,385,513,769,1025,1537,2049,3073,4097,6145,8193,12289,16385,24577",
  "000011223344556677889900112233".replace(/./g, (digit, at: number) => (at < 22 ? digit : String.fromCharCode(65 + Number(digit)))),
);

function pairs(bases: string, bits: string): [number, number][] {
  return bases.split(",").map((base, at) => [Number(base), parseInt(bits[at] ?? "0", 36)]);
}
