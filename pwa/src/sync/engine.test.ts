/** The engine in single situations that the model test meets only by chance. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Exchange } from "../api/transport.ts";
import { append, type NewEvent } from "../db/append.ts";
import { Database } from "../db/database.ts";
import { getPersonMeta, getStatus, prepareDatabase } from "../db/meta.ts";
import { PERSON_MIGRATIONS, type PersonDatabase, type PersonSchema, type SegmentRecord, type StreamRecord } from "../db/person-schema.ts";
import { SEGMENT_BODY_BYTES_TARGET } from "../contracts/limits.ts";
import type { Bytes } from "../domain/bytes.ts";
import { SyncEngine } from "./engine.ts";
import { retryDelayMs } from "./retry.ts";
import { ROTATE_STORES, rotate } from "./rotate.ts";
import { sealAll } from "./seal.ts";
import { type Chance, processLocks, seeded, steppingClock } from "./testing/ports.ts";
import { epochName, ProtocolServer } from "./testing/protocol-server.ts";
import { readFrame } from "./testing/read-frame.ts";

let db: PersonDatabase;
let server: ProtocolServer;
let chance: Chance;
let waits: number[];
let tokens: string[];
let script: (Exchange | "server")[];
let renewals: ("renewed" | "refused" | "revoked")[];
let frames: Bytes[];
let made = 0;
const clock = steppingClock(1_700_000_000_000);

beforeEach(async () => {
  made += 1;
  [waits, tokens, script, renewals, frames] = [[], [], [], [], []];
  chance = seeded(`engine-${made}`);
  db = new Database<PersonSchema>(`engine-${made}`, PERSON_MIGRATIONS);
  await prepareDatabase(db, "p", "d", chance);
  server = new ProtocolServer();
  server.addMember("u:p", "p", "owner");
});

function engine(
  after = (delayMs: number, work: () => void): void => {
    waits.push(delayMs);
    queueMicrotask(work);
  },
): SyncEngine {
  return new SyncEngine({
    app: "test",
    seal: sealAll,
    person: "p",
    db,
    clock,
    random: chance,
    locks: processLocks(),
    timers: {
      after(delayMs, work) {
        after(delayMs, work);
        return () => undefined;
      },
    },
    credential: {
      token: async () => "token",
      renew: async () => renewals.shift() ?? "refused",
    },
    transport: {
      async exchange(frame, token) {
        tokens.push(token);
        frames.push(frame);
        const next = script.shift() ?? "server";
        if (next !== "server") return next;
        const reply = await server.handle(frame, { person: "p", device: "d" });
        return {
          kind: "answered",
          reply: JSON.parse(JSON.stringify(reply)),
          sentMs: 0,
          receivedMs: 0,
        };
      },
    },
  });
}

async function write(count: number, scope = "u:p", text = ""): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    scope,
    kind: "note/1",
    payload: { token: `${scope} ${index}`, text },
  }));
  await append(db, clock, events as unknown as NewEvent[]);
}

async function streams(): Promise<StreamRecord[]> {
  return await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
}

async function segments(): Promise<SegmentRecord[]> {
  return await db.read(["segments"], async (tx) => await tx.objectStore("segments").getAll());
}

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
  script = [{ kind: "unreachable" }, { kind: "unreachable" }];
  await engine().run();
  expect(frames).toHaveLength(3);
  const bodies = frames.map((frame) => readFrame(frame, "p").bodies);
  expect(bodies[2]).toEqual(bodies[0]);
  expect((await streams())[0]).toMatchObject({ acked: 4, next: 4 });
});

test("no line: a bounded number of tries with jitter, then rest; everything stays", async () => {
  await write(2);
  script = Array.from({ length: 50 }, () => ({ kind: "unreachable" }) as const);
  await engine().run();
  expect(frames).toHaveLength(5);
  expect(waits.every((wait, index) => wait <= 1000 * 2 ** index)).toBe(true);
  expect((await streams())[0]).toMatchObject({ acked: 0, next: 2 });
  expect(await db.read(["meta"], getStatus)).toMatchObject({
    reachable: false,
  });
});

test("a server that asks to wait is waited for", async () => {
  script = [{ kind: "busy", retryAfterMs: 7000 }];
  await engine().run();
  expect(waits).toEqual([7000]);
});

test("half an hour of quiet that a server asks for is kept, told, and ended by the button alone", async () => {
  await write(1);
  script = [{ kind: "busy", retryAfterMs: 1_800_000 }];
  let told: number | undefined;
  let woken = 0;
  const sync = engine((delayMs, work) => {
    waits.push(delayMs);
    void (async () => {
      told = (await db.read(["meta"], getStatus)).nextTryMs;
      sync.hurry();
      await Promise.resolve();
      woken = frames.length;
      sync.hurry(true);
      void work;
    })();
  });
  const before = clock.nowMs();
  await sync.run();
  expect(waits).toEqual([1_800_000]);
  expect(told).toBeGreaterThan(before + 1_799_000);
  expect(woken).toBe(1);
  expect(frames).toHaveLength(2);
  expect((await streams())[0]?.acked).toBe(1);
  expect((await db.read(["meta"], getStatus)).nextTryMs).toBeUndefined();
});

test("a wrong Retry-After silences a phone for an hour at most", () => {
  expect(retryDelayMs(1, 0.5, 9e9)).toBe(3_600_000);
});

test("a portal's page is no answer", async () => {
  await write(1);
  script = [{ kind: "answered", reply: "<html>", sentMs: 0, receivedMs: 0 }];
  await engine().run();
  expect((await streams())[0]?.acked).toBe(1);
});

describe("401", () => {
  test("renews with the device key and goes on", async () => {
    await write(1);
    script = [{ kind: "unauthorised" }];
    renewals = ["renewed"];
    await engine().run();
    expect((await streams())[0]?.acked).toBe(1);
  });

  test("keeps everything and asks to sign in when that is refused; a trigger does not ask the network again", async () => {
    await write(1);
    script = [{ kind: "unauthorised" }];
    const one = engine();
    await one.run();
    await one.run();
    expect(frames).toHaveLength(1);
    expect(await db.read(["meta"], getStatus)).toMatchObject({
      problem: "sign_in_required",
    });
    one.signedIn();
    await one.run();
    expect((await streams())[0]?.acked).toBe(1);
    expect(await db.read(["meta"], getStatus)).not.toHaveProperty("problem");
  });

  test("a fresh token that is refused too ends the run", async () => {
    script = [{ kind: "unauthorised" }, { kind: "unauthorised" }, { kind: "unauthorised" }];
    renewals = ["renewed", "renewed", "renewed"];
    await engine().run();
    expect(frames).toHaveLength(2);
  });

  test("a revoked device is told so", async () => {
    script = [{ kind: "revoked" }];
    await engine().run();
    expect(await db.read(["meta"], getStatus)).toMatchObject({
      problem: "device_revoked",
    });
  });
});

test("413: half as many segments each time, the segments themselves unchanged", async () => {
  for (let round = 0; round < 8; round += 1) await write(1, round % 2 === 0 ? "u:p" : "u:q");
  script = [{ kind: "too_large" }, { kind: "too_large" }];
  await engine().run();
  const counts = frames.map((frame) => readFrame(frame, "p").bodies.length);
  expect(counts.slice(0, 3)).toEqual([8, 4, 2]);
  expect((await streams())[0]?.acked).toBe(8);
  expect(server.quarantined).toBe(4);
});

test("413 for one segment is tried again, later and later, like a line that stalls", async () => {
  await write(1);
  script = Array.from({ length: 3 }, () => ({ kind: "too_large" }) as const);
  await engine().run();
  expect((await streams())[0]?.acked).toBe(1);
});

test("a gap goes back to what the server has", async () => {
  await write(2);
  await engine().run();
  await write(2);
  await engine().run();
  const fresh = new ProtocolServer();
  fresh.addMember("u:p", "p", "owner");
  server = fresh;
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
      script = [{ kind: "answered", reply: { epoch: epochName(0), t: 1, safe: claimed }, sentMs: 0, receivedMs: 0 }];
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
