/**
 * Records as a file: made here for somebody to carry, or as a safety copy of everything. Owns what goes in. Invariant: the file is sealed to
 * the root and signed by this device; nothing of it can be read or changed on its way, by this phone's person either.
 */
import { TRANSFERS_BYTES_MAX, TRANSFERS_MAX, TRANSFERS_SEGMENTS_MAX } from "../contracts/limits.ts";
import type { FileHeader } from "../contracts/sync.ts";
import { unlessFull } from "../db/database.ts";
import type { PersonRecord } from "../db/device-schema.ts";
import { changePerson, findPerson } from "../db/people.ts";
import type { SegmentRecord, StreamRecord } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { announce } from "../db/topics.ts";
import { heldBy, unsealedIn } from "../db/waiting.ts";
import { type Bytes, fromBase64url, join, toBase64url } from "../domain/bytes.ts";
import { dayIn } from "../domain/days.ts";
import { h16 } from "../domain/hash.ts";
import { digest } from "../platform/compression.ts";
import { signMessage } from "../platform/es256.ts";
import { handOver, type HandedOver } from "../platform/hand-over.ts";
import { makeFileKeys, seal } from "../platform/hpke.ts";
import { sealAll } from "../sync/seal.ts";
import { type Carried, encodeTransfers, giveSegments } from "../sync/transfers.ts";
import { joinFile, openPartOf, shortName } from "../sync/xtsync.ts";
import { countFilesLeft, type FilesLeft } from "./blobs.ts";
import type { Giver, Session } from "./session.ts";

/** `files`: photos and recordings, which no file holds. */
export type HandedOn = ({ ok: true; how: HandedOver; file: MadeFile } | { ok: false; code: "nothing" | "no_key" }) & { files: FilesLeft };

/** Makes the file and gives it out of the app. `rest`: what an earlier one had no room for. */
export async function handOn(session: Session, content: FileContent, rest?: Rest): Promise<HandedOn> {
  const made = await makeFile(session, content, rest);
  const files = await countFilesLeft(session);
  if (!made.ok) return { ...made, files };
  const how = await handOver(made.file.bytes, made.file.fileName);
  if (how !== "cancelled") await noteHandedOn(session, content).catch(unlessFull);
  return { ok: true, how, file: made.file, files };
}

const MARKS: Record<FileContent, string> = { waiting: "file:waiting", everything: "file:everything" };

async function noteHandedOn({ app, db }: Session, content: FileContent): Promise<void> {
  await db.write(
    ["marks"],
    async (tx) => void (await tx.objectStore("marks").put({ mark: MARKS[content], atMs: app.ports.clock.nowMs() })),
  );
  announce(["receipts"]);
}

/** When a file of it last went out of the app. Topic: receipts. */
export async function lastHandedOn({ db }: Session): Promise<Record<FileContent, number | undefined>> {
  return await db.read(["marks"], async (tx) => {
    const at = async (content: FileContent) => (await tx.objectStore("marks").get(MARKS[content]))?.atMs;
    return { waiting: await at("waiting"), everything: await at("everything") };
  });
}

/** By it a person tells in a folder of downloads whose it is: two files of one day have one name, and the phone numbers them. */
export function fileNameFor(
  { timeZone }: Pick<Session, "timeZone">,
  { content, name, nowMs, part = 1 }: { content: FileContent | "transfers" | "receipts"; name: string; nowMs: number; part?: number },
): string {
  const what = content === "everything" ? "copy-" : content === "receipts" ? "receipts-" : "";
  return `xuetan-${what}${name.replace(/[^\p{L}\p{N}-]/gu, "")}-${dayIn(timeZone, nowMs)}${part > 1 ? `-${part}` : ""}.xtsync`;
}

/** `waiting`: what the server does not have; `everything`: all streams from their beginning, a safety copy. */
export type FileContent = "waiting" | "everything";

export interface MadeFile {
  fileName: string;
  bytes: Bytes;
  /** Events in it. */
  events: number;
  /** Events that are in no file: the phone was too full to seal them. */
  unsealed: number;
  /** 1 for the first. */
  part: number;
  /** What the root takes as one file is bounded: there is more, for the next. */
  rest?: Rest;
}

/** What files that were made had no room for. */
export interface Rest {
  /** The number of the next file. */
  part: number;
  /** Where to go on in each stream. By events, so that nothing is left out when the server takes some of it meanwhile. */
  from: Readonly<Record<string, number>>;
  events: number;
}

/** `nothing`: there is nothing to hand on. `no_key`: this phone signed in before files were known; signing in again gives it a key. */
export type Made = { ok: true; file: MadeFile } | { ok: false; code: "nothing" | "no_key" };

/** Beside the bodies, in bytes of the header and at most: a segment, a transfer without its segments. */
const SEGMENT_HEADER_BYTES = 300;
const TRANSFER_HEADER_BYTES = 500;
const ROOM = { transfers: TRANSFERS_MAX, bytes: TRANSFERS_BYTES_MAX - TRANSFERS_MAX * TRANSFER_HEADER_BYTES };

export async function makeFile(session: Session, content: FileContent, rest?: Rest): Promise<Made> {
  const record = await findPerson(session.app.device, session.person.id);
  if (record?.rootFileKey === undefined) return { ok: false, code: "no_key" };
  // A file is a way out of a full phone: what is sealed goes, though what came last may not be.
  const full = await sealAll(session.db).then(() => undefined, caughtFull);
  const unsealed =
    full === undefined ? 0 : unsealedIn(await session.db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll()));
  const from = ({ stream, acked }: StreamRecord): number => Math.max(content === "waiting" ? acked : 0, rest?.from[stream] ?? 0);
  const all = await giveFrom(session, record, from);
  const given = within(all, ROOM);
  if (given.length === 0 && unsealed > 0) throw full;
  if (given.length === 0) return { ok: false, code: "nothing" };
  const nowMs = session.app.ports.clock.nowMs();
  const events = countEvents(given);
  const chain = given[given.length - 1]?.transfer.chain ?? "";
  const to = { kind: "transfers", key: record.rootFileKey, name: shortName(record.name), events, chain } as const;
  const bytes = await sealFile(session, record, to, encodeTransfers(given), nowMs);
  const part = rest?.part ?? 1;
  const fileName = fileNameFor(session, { content, name: record.name, nowMs, part });
  const file = { fileName, bytes, events, unsealed, part };
  const left = countEvents(all) - events;
  if (left === 0) return { ok: true, file };
  const next = Object.fromEntries(given.map(({ transfer }) => [transfer.stream, transfer.next]));
  return { ok: true, file: { ...file, rest: { part: part + 1, from: { ...rest?.from, ...next }, events: left } } };
}

function caughtFull(error: unknown): unknown {
  unlessFull(error);
  return error;
}

function countEvents(given: readonly Carried[]): number {
  return given.reduce((sum, { transfer }) => sum + transfer.segs.reduce((count, { n }) => count + n, 0), 0);
}

/** All that this device gives of its streams, each from its first segment at `from`. `bytesMax`: of one transfer, see `giveSegments`. */
export async function giveFrom(
  session: Giver,
  record: PersonRecord,
  from: (stream: StreamRecord) => number,
  bytesMax?: number,
): Promise<Carried[]> {
  const streams = await session.db.read(["streams", "segments"], async (tx) => {
    const all = (await tx.objectStore("streams").getAll()).sort((left, right) => left.order - right.order);
    const found: [StreamRecord, SegmentRecord[]][] = [];
    for (const stream of all) {
      const range = numbersOf(stream.stream, from(stream), heldBy(stream));
      found.push([stream, await tx.objectStore("segments").getAll(range)]);
    }
    return found;
  });
  const given: Carried[] = [];
  for (const [stream, segments] of streams) {
    // A stream of a device that this phone was before is bound to that one; what the root lacked of it was emitted again.
    if (stream.device !== record.device) continue;
    const author = { person: record.person, device: record.device, key: record.keys.privateKey };
    given.push(...(await giveSegments(session.app.ports.crypto, author, heldBy(stream), segments, bytesMax)));
  }
  return given;
}

/** As much as one file may hold, or one question to a hub; the rest goes into the next. `bytes`: of segments and what the header says of each. */
export function within(given: readonly Carried[], room: { transfers: number; bytes: number }): Carried[] {
  const taken: Carried[] = [];
  let [bytes, segments] = [0, 0];
  for (const one of given) {
    segments += one.transfer.segs.length;
    bytes += one.bodies.reduce((sum, body) => sum + body.length + SEGMENT_HEADER_BYTES, 0);
    if (taken.length >= room.transfers || segments > TRANSFERS_SEGMENTS_MAX || bytes > room.bytes) break;
    taken.push(one);
  }
  return taken;
}

/** To whom a file goes, and as what. */
interface Envelope extends Pick<FileHeader, "kind" | "name" | "events" | "chain"> {
  /** The reader's public key. */
  key: string;
}

/** Sealed to the reader, signed by this device, answered to this device's second key. */
export async function sealFile(session: Giver, record: PersonRecord, to: Envelope, plain: Bytes, nowMs: number): Promise<Bytes> {
  const { crypto } = session.app.ports;
  const keys = await replyKeys(session, record);
  const { key, ...told } = to;
  const header: FileHeader = {
    v: 1,
    ...told,
    key: await h16(digest, fromBase64url(key)),
    device: record.device,
    made: nowMs,
    by: await spkiOf(crypto, record.keys),
    ...(keys && { reply: await spkiOf(crypto, keys) }),
  };
  const openPart = openPartOf(header);
  const signed = join(openPart, await seal(crypto, key, plain, openPart));
  return joinFile(signed, await signMessage(crypto, record.keys.privateKey, signed));
}

/** The key for receipts, made once for a person on this phone. Undefined where a new one cannot be kept: the records go all the same, only no receipt comes back. */
async function replyKeys({ app }: Giver, { person, fileKeys }: PersonRecord): Promise<CryptoKeyPair | undefined> {
  if (fileKeys !== undefined) return fileKeys;
  const fresh = await makeFileKeys(app.ports.crypto);
  try {
    return (await changePerson(app.device, person, (now) => ({ ...now, fileKeys: now.fileKeys ?? fresh })))?.fileKeys;
  } catch (error) {
    unlessFull(error);
    return undefined;
  }
}

/** DER SubjectPublicKeyInfo in base64url. */
export async function spkiOf(crypto: SubtleCrypto, { publicKey }: CryptoKeyPair): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.exportKey("spki", publicKey)));
}
