/**
 * Transfers: what this device gives of its streams for somebody else to carry, a hub or a file, and the root's signed word about them.
 * Owns what is signed and the frame. Invariant: the signature covers every segment of its transfer, since each names the one before.
 */
import { TRANSFER_SEGMENTS_MAX } from "../contracts/limits.ts";
import type { SegmentHeader, Statement, Transfer, TransfersHeader } from "../contracts/sync.ts";
import type { SegmentRecord } from "../db/person-schema.ts";
import { type Bytes, join, toBase64url, u32le, utf8 } from "../domain/bytes.ts";
import { isSignedBy, signMessage } from "../platform/es256.ts";
import { SHA256_BYTES } from "./erase.ts";

/** Who gives; the key never leaves the phone. */
export interface Author {
  person: string;
  device: string;
  key: CryptoKey;
}

export interface Carried {
  transfer: Transfer;
  bodies: Bytes[];
}

export function transferMessage(stream: string, next: number, chain: string): Bytes {
  return utf8(`xuetan-transfer/1\n${stream}\n${next}\n${chain}`);
}

/** The same, and that they are this person's: the people of a phone share its key. */
export function ownedMessage({ person, device }: Pick<Author, "person" | "device">, stream: string, next: number, chain: string): Bytes {
  return utf8(`xuetan-transfer/2\n${person}\n${device}\n${stream}\n${next}\n${chain}`);
}

export function statementMessage({ epoch, stream, next, chain }: Omit<Statement, "sig">): Bytes {
  return utf8(`xuetan-statement/1\n${epoch}\n${stream}\n${next}\n${chain}`);
}

/**
 * Signs a run of consecutive segments of one stream, in as many transfers as it takes. `head`: events that the stream holds. `bytesMax`: of the
 * bodies of one transfer, unless a single one is larger.
 */
export async function giveSegments(
  crypto: SubtleCrypto,
  author: Author,
  head: number,
  segments: readonly SegmentRecord[],
  bytesMax = Infinity,
): Promise<Carried[]> {
  const runs: SegmentRecord[][] = [];
  let [run, bytes]: [SegmentRecord[], number] = [[], 0];
  for (const segment of segments) {
    bytes += segment.body.length;
    if (run.length === 0 || run.length === TRANSFER_SEGMENTS_MAX || bytes > bytesMax) {
      [run, bytes] = [[], segment.body.length];
      runs.push(run);
    }
    run.push(segment);
  }
  const given: Carried[] = [];
  for (const one of runs) given.push(await giveOne(crypto, author, head, one));
  return given;
}

async function giveOne(crypto: SubtleCrypto, author: Author, head: number, segments: readonly SegmentRecord[]): Promise<Carried> {
  const last = segments[segments.length - 1];
  if (last === undefined) throw new Error("a transfer holds at least one segment");
  const { stream, hash: chain } = last;
  const next = last.first + last.n;
  const sig = await signMessage(crypto, author.key, transferMessage(stream, next, chain));
  const sig2 = await signMessage(crypto, author.key, ownedMessage(author, stream, next, chain));
  const segs = segments.map(headerOf);
  return {
    transfer: { person: author.person, device: author.device, stream, head, next, chain, sig, segs, sig2 },
    bodies: segments.map(({ body, left }) => (left ? body.subarray(SHA256_BYTES) : body)),
  };
}

function headerOf({ scope, first, n, prev, hash, body, left }: SegmentRecord): SegmentHeader {
  const header = { scope, first, n, prev, hash, len: body.length };
  return left ? { ...header, len: body.length - SHA256_BYTES, gone: toBase64url(body.subarray(0, SHA256_BYTES)) } : header;
}

export function encodeTransfers(carried: readonly Carried[]): Bytes {
  const header: TransfersHeader = { v: 1, transfers: carried.map(({ transfer }) => transfer) };
  const text = utf8(JSON.stringify(header));
  return join(u32le(text.length), text, ...carried.flatMap(({ bodies }) => bodies));
}

/** True when the root that this phone pinned said so. */
export async function isStated(crypto: SubtleCrypto, rootKey: string, statement: Statement): Promise<boolean> {
  return await isSignedBy(crypto, rootKey, statementMessage(statement), statement.sig);
}
