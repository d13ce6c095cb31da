/** What was erased by right is nowhere on a phone that heard of it, and the phone brings its place alone. */
import { beforeEach, describe, expect, test } from "vitest";
import { append } from "../db/append.ts";
import { putBlob } from "../db/blobs.ts";
import { getPersonMeta } from "../db/meta.ts";
import { readScopeEvents, NO_MARKS } from "../db/scope-events.ts";
import { ERASED_KIND, type StreamEvent } from "../domain/event.ts";
import { type Columns, decodeColumns } from "../domain/columns.ts";
import { segmentHash } from "../domain/segment-hash.ts";
import { digest } from "../platform/compression.ts";
import { leaveDamagedBytes } from "./damaged-bytes.ts";
import { eraseHeard } from "./erase.ts";
import { ROTATE_STORES, rotate } from "./rotate.ts";
import { readBody } from "./testing/body.ts";
import { chance, clock, db, engine, frames, segments, serve, server, streams, write } from "./testing/one-engine.ts";
import { ProtocolServer } from "./testing/protocol-server.ts";
import { readFrame } from "./testing/read-frame.ts";

const SECRET = "张小明摔断了腿";
const STORES = ["meta", "streams", "events", "segments", "entries", "rows", "receipts", "blobs", "blob_bytes"] as const;

async function events(): Promise<StreamEvent[]> {
  return await db.read(["events"], async (tx) => await tx.objectStore("events").getAll());
}

/** Everything in the database, bodies unpacked. */
async function everything(): Promise<string> {
  const all = await db.read(STORES, async (tx) => await Promise.all(STORES.map(async (store) => await tx.objectStore(store).getAll())));
  const bodies = await Promise.all((await segments()).map(async ({ body, left }) => await readBody(left ? body.slice(32) : body)));
  return JSON.stringify([all, bodies]);
}

function tell(to: ProtocolServer, named: readonly StreamEvent[], entries: unknown[] = []): void {
  to.appendRow("u:p", "erased", "e:0", {
    erasure: "e",
    at_ms: 5,
    office: "县教育局",
    reason: "家长要求",
    what: "entry",
    events: named.map(({ stream, seq, hash, origin }) =>
      origin ? [origin.stream, origin.seq, origin.hash, "p"] : [stream, seq, hash, "p"],
    ),
    entries,
  });
}

/** Three of one segment, the second with the secret; then the row. */
async function heard(): Promise<StreamEvent> {
  await append(db, clock, [
    { scope: "u:p", kind: "note/1", payload: { text: "早上好" } },
    { scope: "u:p", kind: "note/1", payload: { text: SECRET } },
    { scope: "u:p", kind: "note/1", payload: { text: "明天见" } },
  ] as never);
  await engine().run();
  const erased = (await events())[1] as StreamEvent;
  tell(server, [erased]);
  await engine().run();
  await eraseHeard(db);
  return erased;
}

async function textsSent(frame: number): Promise<unknown[]> {
  const { bodies } = readFrame(frames[frame] as never, "p");
  const read = await Promise.all(
    bodies.map(async (body) => decodeColumns(JSON.parse(await readBody(body)) as Columns).map(({ payload }) => payload.text)),
  );
  return read.flat();
}

test("an own event leaves its store and its segment, and its neighbours stay", async () => {
  expect(await heard()).toMatchObject({ payload: { text: SECRET } });
  expect(await everything()).not.toContain(SECRET);
  expect((await events()).map(({ seq, kind, payload }) => [seq, kind, payload.text])).toEqual([
    [0, "note/1", "早上好"],
    [1, ERASED_KIND, undefined],
    [2, "note/1", "明天见"],
  ]);
  expect(await eraseHeard(db)).toBe(false);
});

test("the hash of its segment is proved by what stays, and no bytes count as rotten", async () => {
  await heard();
  const [segment] = await segments();
  if (segment === undefined) throw new Error("there is a segment");
  const { body } = segment;
  const sealed = async (bytes: typeof body): Promise<typeof body> => (bytes === body ? body.slice(0, 32) : await digest(bytes));
  expect(await segmentHash(sealed, segment, body)).toBe(segment.hash);
  expect(await leaveDamagedBytes(db, [segment], chance)).toBe(false);
});

test("after a restore its place is sent, with what remains, and the stream goes on", async () => {
  await heard();
  const fresh = new ProtocolServer();
  fresh.epoch = "another".padEnd(22, "A");
  fresh.addMember("u:p", "p", "owner");
  serve(fresh);
  await write(1);
  frames.length = 0;
  await engine().run();
  expect((await streams()).map(({ acked, next }) => [acked, next])).toEqual([[4, 4]]);
  const sent = await Promise.all(frames.map(async (_, index) => await textsSent(index)));
  expect(sent.flat()).not.toContain(SECRET);
  expect(sent.flat()).toContain("早上好");
  expect(server.eventsOf("u:p").map(({ columns }) => decodeColumns(columns).length)).toEqual([2, 1]);
});

test("a root that put it back all the same shows nothing of it here", async () => {
  const backup = async (): Promise<unknown> => server.backUp();
  await append(db, clock, [{ scope: "u:p", kind: "note/1", payload: { text: SECRET } }] as never);
  await engine().run();
  const before = await backup();
  tell(server, await events());
  await engine().run();
  await eraseHeard(db);
  server.restore(before, "another".padEnd(22, "A"));
  await engine().run();
  await engine().run();
  expect(await everything()).not.toContain(SECRET);
  expect(await streams()).toHaveLength(1);
});

test("an event that was emitted again is the same, and another at its place is not", async () => {
  await append(db, clock, [{ scope: "u:p", kind: "note/1", payload: { text: SECRET } }] as never);
  await engine().run();
  const [first] = await events();
  await db.write(ROTATE_STORES, async (tx) => {
    const { current } = await getPersonMeta(tx);
    await rotate(tx, current, 0, chance);
  });
  await engine().run();
  tell(server, [{ ...(first as StreamEvent), hash: "x".repeat(22) }]);
  await engine().run();
  await eraseHeard(db);
  expect(await everything()).toContain(SECRET);
  server.appendRow("u:p", "erased", "f:0", { ...ROW, events: [[first?.stream, first?.seq, first?.hash, "p"]] });
  await engine().run();
  await eraseHeard(db);
  expect(await everything()).not.toContain(SECRET);
});

test("what somebody else said that it repeats an event of ours goes without ours", async () => {
  await append(db, clock, [{ scope: "u:p", kind: "note/1", payload: { text: SECRET } }] as never);
  await engine().run();
  const [own] = await events();
  server.appendRow("u:p", "erased", "f:0", { ...ROW, events: [[own?.stream, own?.seq, own?.hash, "somebody"]] });
  await engine().run();
  expect(await eraseHeard(db)).toBe(true);
  expect(await everything()).toContain(SECRET);
});

test("what was erased before it was sealed is a blank place that a root and a carrier can prove", async () => {
  await append(db, clock, [
    { scope: "u:p", kind: "note/1", payload: { text: SECRET } },
    { scope: "u:p", kind: "note/1", payload: { text: "好" } },
  ] as never);
  await engine().run();
  const [first] = await events();
  await db.write([...ROTATE_STORES, "rows"], async (tx) => {
    const { current } = await getPersonMeta(tx);
    await rotate(tx, current, 0, chance);
    const body = { ...ROW, events: [[first?.stream, first?.seq, first?.hash, "p"]] };
    await tx.objectStore("rows").put({ scope: "u:p", kind: "erased", key: "f:0", position: 8, body } as never);
  });
  await engine().run();
  const again = (await segments()).find(({ stream }) => stream !== first?.stream);
  if (again === undefined) throw new Error("it was sealed");
  const left = again.body.slice(32);
  const columns = JSON.parse(await readBody(left)) as Columns;
  expect([columns.i, decodeColumns(columns).map(({ payload }) => payload.text)]).toEqual([[null, 0], ["好"]]);
  expect([again.left, again.body.slice(0, 32)]).toEqual([[1], await digest(left)]);
  expect(again.hash).toBe(await segmentHash(digest, again, left));
  expect((await streams()).every(({ acked, next }) => acked === next)).toBe(true);
});

const ROW = { erasure: "f", at_ms: 5, office: "", reason: "r", what: "entry", entries: [] };

describe("what others wrote", () => {
  beforeEach(async () => {
    server.addMember("u:t", "p", "mentor");
    await append(db, clock, [{ scope: "u:t", kind: "note/1", payload: { text: "自己的" } }] as never);
    await engine().run();
    await db.write(["entries", "rows"], async (tx) => {
      const columns = { v: 1, u: 1000, t: [1, 0], s: [["note/1", "text"]], i: [0, 0], d: [[]], x: [[SECRET + "f".repeat(64), "好"]] };
      const base = {
        scope: "u:t",
        position: 7,
        stream: "s",
        first: 4,
        n: 2,
        by: "t",
        role: "owner",
        after: false,
        at: 9,
        off: 0,
        own: false,
      };
      await tx.objectStore("entries").put({ ...base, columns } as never);
      const body = { ...ROW, events: [["s", 4, "h", "t"]], entries: [[7, [4]]] };
      await tx.objectStore("rows").put({ scope: "u:t", kind: "erased", key: "f:0", position: 8, body });
    });
  });

  test("leaves what was pulled, and folds begin anew without it", async () => {
    const { marks } = await readScopeEvents(db, "u:t", NO_MARKS);
    expect(await eraseHeard(db)).toBe(true);
    expect(await everything()).not.toContain(SECRET);
    const read = await readScopeEvents(db, "u:t", marks);
    expect([read.afresh, read.events.map(({ seq, payload }) => [seq, payload.text])]).toEqual([
      true,
      [
        [0, "自己的"],
        [5, "好"],
      ],
    ]);
  });

  test.each([
    ["a photo that it alone named goes", false],
    ["a photo that something else names stays", true],
  ])("%s", async (_, named) => {
    const sha256 = "f".repeat(64);
    await db.write(["entries", "blobs", "blob_bytes"], async (tx) => {
      await putBlob(tx, "u:t", { sha256, kind: "photo", type: "image/jpeg", bytes: 1 }, new Uint8Array(1), 1);
      const entry = await tx.objectStore("entries").get(["u:t", 7]);
      if (entry?.columns) entry.columns.x = [[`${SECRET} ${sha256}`, named ? sha256 : "好"]];
      if (entry) await tx.objectStore("entries").put(entry);
    });
    await eraseHeard(db);
    expect(await db.read(["blobs"], async (tx) => await tx.objectStore("blobs").count())).toBe(named ? 1 : 0);
  });
});
