/** Silence, refusals and portals: every run of the engine ends, and keeps everything. */
import { describe, expect, test } from "vitest";
import { getStatus } from "../db/meta.ts";
import { noteFailure } from "./apply-reply.ts";
import { retryDelayMs } from "./retry.ts";
import { readFrame } from "./testing/read-frame.ts";
import { db, server, waits, frames, clock, engine, write, streams, line } from "./testing/one-engine.ts";

test("no line: a bounded number of tries with jitter, then rest; everything stays", async () => {
  await write(2);
  line.script = Array.from({ length: 50 }, () => ({ kind: "unreachable" }) as const);
  await engine().run();
  expect(frames).toHaveLength(5);
  expect(waits.every((wait, index) => wait <= 1000 * 2 ** index)).toBe(true);
  expect((await streams())[0]).toMatchObject({ acked: 0, next: 2 });
  expect(await db.read(["meta"], getStatus)).toMatchObject({
    reachable: false,
  });
});

test("a server that asks to wait is waited for", async () => {
  line.script = [{ kind: "busy", retryAfterMs: 7000 }];
  await engine().run();
  expect(waits).toEqual([7000]);
});

test("between two tries it says that it only waits", async () => {
  line.script = [{ kind: "unreachable" }];
  const told: boolean[] = [];
  const sync = engine((_delayMs, work) => {
    queueMicrotask(() => {
      told.push(sync.pausing);
      work();
    });
  });
  expect(sync.pausing).toBe(false);
  await sync.run();
  expect([told, sync.pausing]).toEqual([[true], false]);
});

test("half an hour of quiet that a server asks for is kept, told, and ended by the button alone", async () => {
  await write(1);
  line.script = [{ kind: "busy", retryAfterMs: 1_800_000 }];
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
  line.script = [{ kind: "answered", reply: "<html>", sentMs: 0, receivedMs: 0 }];
  await engine().run();
  expect((await streams())[0]?.acked).toBe(1);
});

describe("401", () => {
  test("renews with the device key and goes on", async () => {
    await write(1);
    line.script = [{ kind: "unauthorised" }];
    line.renewals = ["renewed"];
    await engine().run();
    expect((await streams())[0]?.acked).toBe(1);
  });

  test("keeps everything and asks to sign in when that is refused; a trigger does not ask the network again", async () => {
    await write(1);
    line.script = [{ kind: "unauthorised" }];
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

  test("whom the root refused stays so while the line is gone, until the root answers", async () => {
    line.script = [{ kind: "unauthorised" }];
    await engine().run();
    // Opened anew: it asks once more, and nobody is there.
    await noteFailure(db, { reachable: false });
    await noteFailure(db, { reachable: true, problem: "server" });
    expect(await db.read(["meta"], getStatus)).toMatchObject({ reachable: true, problem: "sign_in_required" });
    await engine().run();
    expect(await db.read(["meta"], getStatus)).not.toHaveProperty("problem");
  });

  test("a fresh token that is refused too ends the run", async () => {
    line.script = [{ kind: "unauthorised" }, { kind: "unauthorised" }, { kind: "unauthorised" }];
    line.renewals = ["renewed", "renewed", "renewed"];
    await engine().run();
    expect(frames).toHaveLength(2);
  });

  test("a revoked device is told so", async () => {
    line.script = [{ kind: "revoked" }];
    await engine().run();
    expect(await db.read(["meta"], getStatus)).toMatchObject({
      problem: "device_revoked",
    });
  });
});

test("413: half as many segments each time, the segments themselves unchanged", async () => {
  for (let round = 0; round < 8; round += 1) await write(1, round % 2 === 0 ? "u:p" : "u:q");
  line.script = [{ kind: "too_large" }, { kind: "too_large" }];
  await engine().run();
  const counts = frames.map((frame) => readFrame(frame, "p").bodies.length);
  expect(counts.slice(0, 3)).toEqual([8, 4, 2]);
  expect((await streams())[0]?.acked).toBe(8);
  expect(server.quarantined).toBe(4);
});

test("413 for one segment is tried again, later and later, like a line that stalls", async () => {
  await write(1);
  line.script = Array.from({ length: 3 }, () => ({ kind: "too_large" }) as const);
  await engine().run();
  expect((await streams())[0]?.acked).toBe(1);
});

describe("the code that seals cannot be loaded", () => {
  test("a run asks the server a few times and rests; what is new comes, and nothing is lost", async () => {
    await write(2);
    server.appendRow("u:p", "profile", "p", { name: "林老师" });
    line.sealing = false;
    await engine().run();
    expect(frames.length).toBeLessThanOrEqual(6);
    expect(await db.read(["rows"], async (tx) => await tx.objectStore("rows").count())).toBe(1);
    expect((await streams())[0]).toMatchObject({ next: 2, sealed: 0, acked: 0 });
    line.sealing = true;
    await engine().run();
    expect((await streams())[0]).toMatchObject({ next: 2, acked: 2 });
  });

  test("a run that can load it after all sends what waited, without another trigger", async () => {
    await write(2);
    line.sealing = false;
    await engine((_delayMs, work) => {
      line.sealing = true;
      queueMicrotask(work);
    }).run();
    expect((await streams())[0]).toMatchObject({ next: 2, acked: 2 });
  });
});
