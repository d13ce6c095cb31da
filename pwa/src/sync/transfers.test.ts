/** What is given to a carrier and what the root says of it: the server's examples byte for byte, and real keys. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import golden from "../../../contracts/golden/transfers.json";
import type { Statement, Transfer } from "../contracts/sync.ts";
import { append } from "../db/append.ts";
import { Database } from "../db/database.ts";
import { prepareDatabase } from "../db/meta.ts";
import { PERSON_MIGRATIONS, type PersonDatabase, type PersonSchema, type SegmentRecord, type StreamRecord } from "../db/person-schema.ts";
import { fromBase64url, toBase64url } from "../domain/bytes.ts";
import { isSignedBy, signMessage } from "../platform/es256.ts";
import { sealAll } from "./seal.ts";
import { applyStatements } from "./statements.ts";
import { type Chance, seeded } from "./testing/ports.ts";
import { type Carried, encodeTransfers, giveSegments, isStated, ownedMessage, statementMessage, transferMessage } from "./transfers.ts";

const { subtle } = crypto;
const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
let keys: CryptoKeyPair;
let spki: string;

beforeAll(async () => {
  keys = await subtle.generateKey(KEY, false, ["sign", "verify"]);
  spki = toBase64url(new Uint8Array(await subtle.exportKey("spki", keys.publicKey)));
});

const transfers = golden.transfers as Transfer[];
const frame = Uint8Array.from(atob(golden.frame), (character) => character.charCodeAt(0));

function goldenCarried(): Carried[] {
  let at = 4 + new DataView(frame.buffer).getUint32(0, true);
  return transfers.map((transfer) => ({
    transfer,
    bodies: transfer.segs.map(({ len }) => frame.slice(at, (at += len))),
  }));
}

test("a frame of transfers is the server's", () => {
  expect(encodeTransfers(goldenCarried())).toEqual(frame);
});

test("what a device signs is what the server checks", async () => {
  for (const { stream, next, chain, sig } of transfers) {
    expect(await isSignedBy(subtle, golden.device_key, transferMessage(stream, next, chain), sig)).toBe(true);
    expect(await isSignedBy(subtle, golden.root_key, transferMessage(stream, next, chain), sig)).toBe(false);
  }
});

test("for whom it signs is said as the server reads it", async () => {
  for (const [index, { person, device, stream, next, chain }] of transfers.entries()) {
    const sig2 = golden.owned[index] ?? "";
    expect(await isSignedBy(subtle, golden.device_key, ownedMessage({ person, device }, stream, next, chain), sig2)).toBe(true);
    expect(await isSignedBy(subtle, golden.device_key, ownedMessage({ person: device, device }, stream, next, chain), sig2)).toBe(false);
  }
});

test("the root's word is believed, and no other", async () => {
  for (const statement of golden.statements as Statement[]) {
    expect(await isStated(subtle, golden.root_key, statement)).toBe(true);
    expect(await isStated(subtle, golden.root_key, { ...statement, next: statement.next + 1 })).toBe(false);
    expect(await isStated(subtle, golden.device_key, statement)).toBe(false);
    expect(await isStated(subtle, "no key", statement)).toBe(false);
  }
});

describe("a phone's own stream", () => {
  let db: PersonDatabase;
  let chance: Chance;
  let made = 0;

  beforeEach(async () => {
    made += 1;
    chance = seeded(`transfers-${made}`);
    db = new Database<PersonSchema>(`transfers-${made}`, PERSON_MIGRATIONS);
    await prepareDatabase(db, "p", "d", chance);
  });

  async function write(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      await append(db, { nowMs: () => 1_700_000_000_000 + number, monotonicMs: () => number }, [
        { scope: "u:p", kind: "lesson_opened/1", payload: { pack: "p", version: 1, lesson: `l-${number}` } },
      ]);
      await sealAll(db);
    }
  }

  async function read(): Promise<{ stream: StreamRecord; segments: SegmentRecord[] }> {
    return await db.read(["streams", "segments"], async (tx) => ({
      stream: (await tx.objectStore("streams").getAll())[0] as StreamRecord,
      segments: await tx.objectStore("segments").getAll(),
    }));
  }

  async function state(epoch: string, upTo: number, chain?: string): Promise<Statement> {
    const { stream, segments } = await read();
    const last = segments.find((segment) => segment.first + segment.n === upTo);
    const said = { epoch, stream: stream.stream, next: upTo, chain: chain ?? last?.hash ?? "" };
    return { ...said, sig: await signMessage(subtle, keys.privateKey, statementMessage(said)) };
  }

  test("is given in transfers of at most 64 segments, each signed by this device at its end", async () => {
    await write(66);
    const { stream, segments } = await read();
    const given = await giveSegments(subtle, { person: "p", device: "d", key: keys.privateKey }, stream.next, segments);
    expect(given.map(({ transfer }) => [transfer.segs.length, transfer.next])).toEqual([
      [64, 64],
      [2, 66],
    ]);
    for (const { transfer } of given) {
      const message = transferMessage(transfer.stream, transfer.next, transfer.chain);
      expect(await isSignedBy(subtle, spki, message, transfer.sig)).toBe(true);
      expect(fromBase64url(transfer.sig)).toHaveLength(64);
      const end = [transfer.stream, transfer.next, transfer.chain] as const;
      const is = async (person: string): Promise<boolean> =>
        await isSignedBy(subtle, spki, ownedMessage({ person, device: "d" }, ...end), transfer.sig2 ?? "");
      expect([await is("p"), await is("somebody else")]).toEqual([true, false]);
    }
  });

  test("is given in pieces that a hub can bring over any line, and whole where one segment is larger", async () => {
    await write(6);
    const { stream, segments } = await read();
    const size = Math.max(...segments.map(({ body }) => body.length));
    const author = { person: "p", device: "d", key: keys.privateKey };
    const pieces = async (bytesMax: number): Promise<number[]> =>
      (await giveSegments(subtle, author, stream.next, segments, bytesMax)).map(({ transfer }) => transfer.segs.length);
    expect(await pieces(2 * size)).toEqual([2, 2, 2]);
    expect(await pieces(1)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("is proven by the root's word up to a border of its own chain, with receipts", async () => {
    await write(3);
    expect(await applyStatements(db, [await state("E1", 2)], 77)).toBe(2);
    expect((await read()).stream.acked).toBe(2);
    const receipts = await db.read(["receipts"], async (tx) => await tx.objectStore("receipts").getAll());
    expect(receipts.map(({ first, receivedMs, level }) => [first, receivedMs, level])).toEqual([
      [0, 77, "received"],
      [1, 77, "received"],
    ]);
  });

  test("is not proven by another chain, by another epoch, or backwards", async () => {
    await write(3);
    expect(await applyStatements(db, [await state("E1", 2, "another-chain")], 1)).toBe(0);
    expect(await applyStatements(db, [await state("E1", 3)], 1)).toBe(3);
    expect(await applyStatements(db, [await state("E1", 1)], 1)).toBe(0);
    await write(1);
    expect(await applyStatements(db, [await state("E2", 4)], 1)).toBe(0);
    expect((await read()).stream.acked).toBe(3);
  });
});
