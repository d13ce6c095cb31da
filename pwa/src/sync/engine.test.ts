/** The engine in single situations that the model test meets only by chance. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getPersonMeta, getStatus } from "../db/meta.ts";
import { SEGMENT_BODY_BYTES_TARGET } from "../contracts/limits.ts";
import { ROTATE_STORES, rotate } from "./rotate.ts";
import { sealAll } from "./seal.ts";
import { epochName, ProtocolServer } from "./testing/protocol-server.ts";
import { readFrame } from "./testing/read-frame.ts";
import { fillDisk } from "../testing/full-disk.ts";
import { db, server, chance, frames, engine, write, streams, segments, line, serve } from "./testing/one-engine.ts";

test("a seal takes one scope, stays within its size, and takes at least one event", async () => {
  const noise = (): string => Array.from({ length: 4000 }, () => String.fromCharCode(0x4e00 + chance.below(20000))).join("");
  await write(3);
  await write(2, "u:other");
  await write(1, "u:p", noise() + noise());
  for (let round = 0; round < 6; round += 1) await write(1, "u:p", noise().slice(0, 1500));
  expect(await sealAll(db)).toBeGreaterThan(4);
  const sealed = (await segments()).sort((left, right) => left.first - right.first);
  expect(sealed.slice(0, 3).map(({ scope, first, n }) => [scope, first, n])).toEqual([
    ["u:p", 0, 3],
    ["u:other", 3, 2],
    ["u:p", 5, 1],
  ]);
  expect(sealed.slice(3).every((segment) => segment.body.length <= SEGMENT_BODY_BYTES_TARGET)).toBe(true);
  expect(sealed.map((segment) => segment.prev)).toEqual(["", ...sealed.slice(0, -1).map((segment) => segment.hash)]);
});

test("the same bytes are sent again after a silence", async () => {
  await write(4);
  line.script = [{ kind: "unreachable" }, { kind: "unreachable" }];
  await engine().run();
  expect(frames).toHaveLength(3);
  const bodies = frames.map((frame) => readFrame(frame, "p").bodies);
  expect(bodies[2]).toEqual(bodies[0]);
  expect((await streams())[0]).toMatchObject({ acked: 4, next: 4 });
});

test("a gap goes back to what the server has", async () => {
  await write(2);
  await engine().run();
  await write(2);
  await engine().run();
  const fresh = new ProtocolServer();
  fresh.addMember("u:p", "p", "owner");
  serve(fresh);
  await write(1);
  await engine().run();
  expect((await streams())[0]).toMatchObject({ acked: 5 });
  expect(server.eventsOf("u:p").map((each) => each.first)).toEqual([0, 2, 4]);
});

test("bytes that rotted on this phone: their events go out in a new stream", async () => {
  await write(3);
  await sealAll(db);
  await db.write(["segments"], async (tx) => {
    const [segment] = await tx.objectStore("segments").getAll();
    if (segment !== undefined) await tx.objectStore("segments").put({ ...segment, body: segment.body.map((byte) => byte ^ 1) });
  });
  await engine().run();
  const all = await streams();
  expect(all.find((stream) => stream.limit !== undefined)).toMatchObject({
    limit: 0,
  });
  expect(all.find((stream) => stream.limit === undefined)).toMatchObject({
    acked: 3,
  });
  const [first] = server.eventsOf("u:p");
  expect(first?.columns.o?.map(([index, , seq]) => [index, seq])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

test("an answer to a request from before a fork changes nothing", async () => {
  await write(1);
  const slow = engine();
  const { generation } = await db.read(["meta"], getPersonMeta);
  const held = vi.spyOn(server, "handle");
  held.mockImplementationOnce(async () => {
    await db.write(["meta"], async (tx) => {
      const meta = await getPersonMeta(tx);
      await tx.objectStore("meta").put({ ...meta, generation: generation + 1 });
    });
    return {
      epoch: epochName(0),
      t: 1,
      acks: [["ok"]],
      next: 1,
      follow: [9, [[1, "u:lie", "owner"]]],
    };
  });
  await slow.run();
  const sync = await db.read(["meta"], async (tx) => await tx.objectStore("meta").get("sync"));
  expect(JSON.stringify(sync)).not.toContain("u:lie");
  expect(server.eventsOf("u:p")).toHaveLength(1);
});

test("a scope that is no longer followed leaves with what was pulled; what this phone wrote stays", async () => {
  server.addMember("u:t", "p", "mentor");
  server.appendRow("u:t", "person_card", "t", {
    person: "t",
    name: "T",
    organisation: "O",
  });
  await write(2, "u:t");
  await engine().run();
  expect(await db.read(["rows"], async (tx) => await tx.objectStore("rows").count())).toBe(1);
  server.endMember("u:t", "p");
  await engine().run();
  const left = await db.read(["rows", "entries", "events"], async (tx) => ({
    rows: await tx.objectStore("rows").count(),
    entries: await tx.objectStore("entries").count(),
    events: await tx.objectStore("events").count(),
  }));
  expect(left).toEqual({ rows: 0, entries: 0, events: 2 });
});

describe("on a phone too full to seal", () => {
  const status = async () => await db.read(["meta"], getStatus);
  let makeRoom: () => void = () => undefined;

  beforeEach(async () => {
    vi.spyOn(console, "error").mockReturnValue();
    await write(2);
    await sealAll(db);
    await write(1);
  });

  afterEach(() => {
    makeRoom();
    vi.restoreAllMocks();
  });

  /** There is room for what an answer changes, and none for a segment. */
  function fillForSegments(): void {
    vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
      throw new DOMException("no room", "QuotaExceededError");
    });
  }

  test("what is sealed is pushed, and the phone is said to be full", async () => {
    fillForSegments();
    await engine().run();
    expect((await streams())[0]).toMatchObject({ acked: 2, sealed: 2, next: 3 });
    expect(frames).toHaveLength(1);
    expect(await status()).toMatchObject({ problem: "storage_full" });
    vi.restoreAllMocks();
    await engine().run();
    expect((await streams())[0]).toMatchObject({ acked: 3 });
  });

  test("the root has it even where its answer cannot be stored, once however often it is sent", async () => {
    makeRoom = fillDisk();
    await engine().run();
    await engine().run();
    expect(server.eventsOf("u:p").map(({ first }) => first)).toEqual([0]);
    makeRoom();
    await engine().run();
    expect(server.eventsOf("u:p").map(({ first }) => first)).toEqual([0, 2]);
    expect((await streams())[0]).toMatchObject({ acked: 3, next: 3 });
  });

  test("it is said with no line, too", async () => {
    fillForSegments();
    line.script = Array.from({ length: 9 }, () => ({ kind: "unreachable" }) as const);
    await engine().run();
    expect(await status()).toMatchObject({ reachable: false, problem: "storage_full" });
  });
});

describe("safe", () => {
  const safe = async (): Promise<number | undefined> => (await streams())[0]?.safe;

  test("what is in a verified backup is believed, up to what is proven, and does not shrink", async () => {
    await write(3);
    await engine().run();
    expect(await safe()).toBe(0);
    server.backUp();
    await write(2);
    await engine().run();
    expect((await streams())[0]).toMatchObject({ acked: 5, safe: 3 });
    // A server that counts what this phone never proved, as that of a copy's stream would.
    for (const claimed of [99, 1]) {
      line.script = [{ kind: "answered", reply: { epoch: epochName(0), t: 1, safe: claimed }, sentMs: 0, receivedMs: 0 }];
      await engine().run();
      expect((await streams())[0]).toMatchObject({ acked: 5, safe: 5 });
    }
  });

  test("nothing is safe in another epoch, until it is in a backup of that one", async () => {
    await write(3);
    await engine().run();
    const backup = server.backUp();
    await write(1);
    await engine().run();
    server.restore(backup, epochName(1));
    await engine().run();
    expect((await streams())[0]).toMatchObject({ acked: 4, safe: 0 });
    server.backUp();
    await engine().run();
    expect(await safe()).toBe(4);
  });

  test("a stream that is left keeps no more than it has", async () => {
    await write(2);
    await engine().run();
    server.backUp();
    await engine().run();
    await db.write(ROTATE_STORES, async (tx) => {
      const [stream] = await tx.objectStore("streams").getAll();
      await rotate(tx, stream?.stream ?? "", 0, chance);
    });
    expect((await streams()).every((stream) => (stream.safe ?? 0) <= stream.acked)).toBe(true);
  });
});

test("a save while the engine waits for the answer goes out in the same run", async () => {
  await write(1);
  const one = engine();
  vi.spyOn(server, "handle").mockImplementationOnce(async (frame, caller) => {
    await write(1);
    return await ProtocolServer.prototype.handle.call(server, frame, caller);
  });
  await one.run();
  expect((await streams())[0]).toMatchObject({ acked: 2, next: 2 });
});
