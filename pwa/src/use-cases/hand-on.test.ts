/** Records as files: all of them, in as many as it takes, and from a phone with no space left. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TRANSFERS_BYTES_MAX, TRANSFERS_HEADER_BYTES_MAX, TRANSFERS_SEGMENTS_MAX, XTSYNC_BYTES_MAX } from "../contracts/limits.ts";
import type { TransfersHeader } from "../contracts/sync.ts";
import { changePerson, findPerson } from "../db/people.ts";
import { type Bytes, toBase64url } from "../domain/bytes.ts";
import { makeFileKeys, openSealed } from "../platform/hpke.ts";
import { readXtsync } from "../sync/xtsync.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { fillDisk } from "../testing/full-disk.ts";
import { type FileContent, makeFile, type MadeFile, type Rest } from "./hand-on.ts";
import { saveEntry } from "./journal.ts";
import type { Session } from "./session.ts";
import { until } from "../testing/until.ts";

let root: CryptoKeyPair;
let app: TestApp;
let session: Session;
let makeRoom: () => void = () => undefined;

beforeEach(async () => {
  root = await makeFileKeys(crypto.subtle);
  const rootFileKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", root.publicKey)));
  app = makeApp();
  session = await openPerson(app, { rootFileKey });
});

afterEach(() => {
  makeRoom();
  session.close();
  vi.restoreAllMocks();
});

async function make(content: FileContent, rest?: Rest): Promise<MadeFile> {
  const made = await makeFile(session, content, rest);
  if (!made.ok) throw new Error(made.code);
  return made.file;
}

/** What the root finds in it, as long as it is not more than the root takes. */
async function open({ bytes }: MadeFile): Promise<{ header: TransfersHeader; reply: string | undefined }> {
  expect(bytes.length).toBeLessThanOrEqual(XTSYNC_BYTES_MAX);
  const file = readXtsync(bytes);
  const frame = file && (await openSealed(root, file.sealed, file.openPart));
  if (!file || !frame) throw new Error("the root cannot open it");
  expect(frame.length).toBeLessThanOrEqual(TRANSFERS_BYTES_MAX);
  const length = new DataView(frame.buffer).getUint32(0, true);
  expect(length).toBeLessThanOrEqual(TRANSFERS_HEADER_BYTES_MAX);
  const header = JSON.parse(new TextDecoder().decode(frame.subarray(4, 4 + length))) as TransfersHeader;
  const segs = header.transfers.flatMap((transfer) => transfer.segs);
  expect(segs.length).toBeLessThanOrEqual(TRANSFERS_SEGMENTS_MAX);
  expect(4 + length + segs.reduce((sum, { len }) => sum + len, 0)).toBe(frame.length);
  return { header, reply: file.header.reply };
}

/** Where segments begin, of all transfers of a file. */
async function firstsIn(file: MadeFile): Promise<number[]> {
  const { header } = await open(file);
  return header.transfers.flatMap((transfer) => transfer.segs.map(({ first }) => first));
}

/** As after years: so many sealed segments of one event each, whose bodies nobody here looks into. */
async function fill(count: number, body: Bytes): Promise<string> {
  return await session.db.write(["streams", "segments"], async (tx) => {
    const [stream] = await tx.objectStore("streams").getAll();
    if (stream === undefined) throw new Error("there is no stream");
    const hash = "h".repeat(22);
    for (let first = 0; first < count; first += 1) {
      const scope = `u:${"p".repeat(22)}`;
      await tx.objectStore("segments").put({ stream: stream.stream, scope, first, n: 1, prev: hash, hash, body });
    }
    await tx.objectStore("streams").put({ ...stream, next: count, sealed: count, chain: hash });
    return stream.stream;
  });
}

async function prove(stream: string, acked: number): Promise<void> {
  await session.db.write(["streams"], async (tx) => {
    const now = await tx.objectStore("streams").get(stream);
    if (now !== undefined) await tx.objectStore("streams").put({ ...now, acked });
  });
}

const upTo = (count: number) => Array.from({ length: count }, (_, first) => first);

describe("what is more than one file holds", () => {
  test("is whole in several: what one file has no room for is in the next, and each says how much is left", async () => {
    await fill(1_200, new Uint8Array(16_384));
    const files = [await make("everything")];
    for (let rest = files[0]?.rest; rest !== undefined; rest = files[files.length - 1]?.rest) files.push(await make("everything", rest));
    const found = [];
    for (const file of files) found.push(...(await firstsIn(file)));
    expect(found).toEqual(upTo(1_200));
    expect(files.map(({ part }) => part)).toEqual([1, 2, 3]);
    const left = files.map(({ rest }) => rest?.events ?? 0);
    expect(left).toEqual(files.map((_, index) => files.slice(index + 1).reduce((sum, { events }) => sum + events, 0)));
    expect(new Set(files.map(({ fileName }) => fileName)).size).toBe(3);
  });

  test("is taken by the root, too, where it is very many small segments", async () => {
    await fill(20_100, new Uint8Array(300));
    const one = await make("everything");
    const other = await make("everything", one.rest);
    expect([...(await firstsIn(one)), ...(await firstsIn(other))]).toEqual(upTo(20_100));
    expect(other.rest).toBeUndefined();
  });

  test("lacks nothing when the server took some of it between two files, or something was written", async () => {
    const stream = await fill(700, new Uint8Array(16_384));
    const one = await make("waiting");
    await prove(stream, 64);
    await saveEntry(session, { parents: [], text: "写在两个文件之间" });
    const other = await make("waiting", one.rest);
    expect([...(await firstsIn(one)), ...(await firstsIn(other))]).toEqual(upTo(701));
  });
});

test("what fits into one file is said to be all of it", async () => {
  await saveEntry(session, { parents: [], text: "一篇" });
  const file = await make("everything");
  expect(file).toMatchObject({ events: 1, part: 1 });
  expect(file.rest).toBeUndefined();
  expect(await firstsIn(file)).toEqual([0]);
});

describe("on a full phone", () => {
  test("what is sealed can be handed on, and the answer comes to the key that is there", async () => {
    await saveEntry(session, { parents: [], text: "一篇" });
    const { reply } = await open(await make("waiting"));
    expect(reply).toBeDefined();
    makeRoom = fillDisk();
    expect((await open(await make("waiting"))).reply).toBe(reply);
  });

  test.each(["waiting", "everything"] as const)(
    "what is sealed goes (%s) and what cannot be sealed is counted, to be in the next",
    async (content) => {
      await saveEntry(session, { parents: [], text: "封好的一篇" });
      expect(await make(content)).toMatchObject({ events: 1, unsealed: 0 });
      await saveEntry(session, { parents: [], text: "没封好的一篇" });
      makeRoom = fillDisk();
      const file = await make(content);
      expect([file.events, file.unsealed, await firstsIn(file)]).toEqual([1, 1, [0]]);
      makeRoom();
      expect(await make(content)).toMatchObject({ events: 2, unsealed: 0 });
    },
  );

  test("there is no file where nothing is sealed, and the reason is told, not that there is nothing", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    // The engine's first run has sealed what there was: nothing.
    await until(() => expect(app.ports.fake.asked).not.toEqual([]));
    await saveEntry(session, { parents: [], text: "一篇" });
    makeRoom = fillDisk();
    await expect(makeFile(session, "everything")).rejects.toMatchObject({ code: "full" });
  });

  test("the first file goes without a key for the answer, since that could not be kept", async () => {
    await saveEntry(session, { parents: [], text: "一篇" });
    await make("waiting");
    await changePerson(session.app.device, session.person.id, ({ fileKeys: _, ...rest }) => rest);
    makeRoom = fillDisk();
    const { header, reply } = await open(await make("waiting"));
    expect(header.transfers.map(({ next }) => next)).toEqual([1]);
    expect(reply).toBeUndefined();
    expect((await findPerson(session.app.device, session.person.id))?.fileKeys).toBeUndefined();
  });
});
