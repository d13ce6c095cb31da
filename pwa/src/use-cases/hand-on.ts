/**
 * Records as a file: made here for somebody to carry, or as a safety copy of everything. Owns what goes in. Invariant: the file is sealed to
 * the root and signed by this device; nothing of it can be read or changed on its way, by this phone's person either.
 */
import { TRANSFERS_BYTES_MAX, TRANSFERS_HEADER_BYTES_MAX, TRANSFERS_MAX, TRANSFERS_SEGMENTS_MAX } from "../contracts/limits.ts";
import type { FileHeader } from "../contracts/sync.ts";
import type { PersonRecord } from "../db/device-schema.ts";
import { changePerson, findPerson } from "../db/people.ts";
import type { SegmentRecord, StreamRecord } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { heldBy } from "../db/waiting.ts";
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
import type { Session } from "./session.ts";

export type HandedOn = { ok: true; how: HandedOver; file: MadeFile } | { ok: false; code: "nothing" | "no_key" };

/** Makes the file and gives it out of the app. */
export async function handOn(session: Session, content: FileContent): Promise<HandedOn> {
  const made = await makeFile(session, content);
  if (!made.ok) return made;
  return { ok: true, how: await handOver(made.file.bytes, made.file.fileName), file: made.file };
}

/** `waiting`: what the server does not have; `everything`: all streams from their beginning, a safety copy. */
export type FileContent = "waiting" | "everything";

export interface MadeFile {
  fileName: string;
  bytes: Bytes;
  /** Events in it. */
  events: number;
}

/** `nothing`: there is nothing to hand on. `no_key`: this phone signed in before files were known; signing in again gives it a key. */
export type Made = { ok: true; file: MadeFile } | { ok: false; code: "nothing" | "no_key" };

const ROOM_BYTES = TRANSFERS_BYTES_MAX - TRANSFERS_HEADER_BYTES_MAX / 2;

export async function makeFile(session: Session, content: FileContent): Promise<Made> {
  const record = await findPerson(session.app.device, session.person.id);
  if (record?.rootFileKey === undefined) return { ok: false, code: "no_key" };
  await sealAll(session.db);
  const from = (stream: StreamRecord): number => (content === "waiting" ? stream.acked : 0);
  const given = within(await giveFrom(session, record, from), { transfers: TRANSFERS_MAX, bytes: ROOM_BYTES, segmentBytes: 0 });
  if (given.length === 0) return { ok: false, code: "nothing" };
  const nowMs = session.app.ports.clock.nowMs();
  const to = { kind: "transfers", key: record.rootFileKey, name: shortName(record.name) } as const;
  const bytes = await sealFile(session, record, to, encodeTransfers(given), nowMs);
  const day = dayIn(session.timeZone, nowMs);
  const events = given.reduce((sum, { transfer }) => sum + transfer.segs.reduce((count, { n }) => count + n, 0), 0);
  return { ok: true, file: { fileName: `xuetan-${record.name.replace(/[^\p{L}\p{N}-]/gu, "")}-${day}.xtsync`, bytes, events } };
}

/** All that this device gives of its streams, each from its first segment at `from`. */
export async function giveFrom(session: Session, record: PersonRecord, from: (stream: StreamRecord) => number): Promise<Carried[]> {
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
    given.push(...(await giveSegments(session.app.ports.crypto, author, heldBy(stream), segments)));
  }
  return given;
}

/** As much as one file may hold; the rest goes into the next, once this one has come home. */
export function within(given: readonly Carried[], room: { transfers: number; bytes: number; segmentBytes: number }): Carried[] {
  const taken: Carried[] = [];
  let [bytes, segments] = [0, 0];
  for (const one of given) {
    segments += one.transfer.segs.length;
    bytes += one.bodies.reduce((sum, body) => sum + body.length + room.segmentBytes, 0);
    if (taken.length >= room.transfers || segments > TRANSFERS_SEGMENTS_MAX || bytes > room.bytes) break;
    taken.push(one);
  }
  return taken;
}

/** To whom a file goes, and as what. */
interface Envelope extends Pick<FileHeader, "kind" | "name"> {
  /** The reader's public key. */
  key: string;
}

/** Sealed to the reader, signed by this device, answered to this device's second key. */
export async function sealFile(session: Session, record: PersonRecord, to: Envelope, plain: Bytes, nowMs: number): Promise<Bytes> {
  const { crypto } = session.app.ports;
  const header: FileHeader = {
    v: 1,
    kind: to.kind,
    key: await h16(digest, fromBase64url(to.key)),
    device: record.device,
    name: to.name,
    made: nowMs,
    by: await spkiOf(crypto, record.keys),
    reply: await spkiOf(crypto, await replyKeys(session)),
  };
  const openPart = openPartOf(header);
  const signed = join(openPart, await seal(crypto, to.key, plain, openPart));
  return joinFile(signed, await signMessage(crypto, record.keys.privateKey, signed));
}

/** The key for receipts, made once for a person on this phone. */
async function replyKeys(session: Session): Promise<CryptoKeyPair> {
  const fresh = await makeFileKeys(session.app.ports.crypto);
  const changed = await changePerson(session.app.device, session.person.id, (now) => ({ ...now, fileKeys: now.fileKeys ?? fresh }));
  return changed?.fileKeys ?? fresh;
}

async function spkiOf(crypto: SubtleCrypto, { publicKey }: CryptoKeyPair): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.exportKey("spki", publicKey)));
}
