/** What this phone wrote is dated as everybody else sees it, whatever its clock said later. */
import { expect, test } from "vitest";
import { db, engine, server, serve, write, clock } from "../sync/testing/one-engine.ts";
import { epochName, ProtocolServer } from "../sync/testing/protocol-server.ts";
import { getSyncMeta, putMeta } from "./meta.ts";
import { NO_MARKS, readScopeEvents, type ScopeMarks } from "./scope-events.ts";

const HOUR_MS = 3_600_000;

async function measured(ms: number): Promise<void> {
  await db.write(["meta"], async (tx) => {
    await putMeta(tx, { ...(await getSyncMeta(tx)), offset: { ms, measuredMs: 0 } });
  });
}

async function times(before: ScopeMarks = NO_MARKS): Promise<[number, number][]> {
  return (await readScopeEvents(db, "u:p", before)).events.map(({ ts, shownMs }) => [ts, shownMs]);
}

test("what the root has keeps the offset that it was pushed with; what waits has that of today", async () => {
  server.clockMs = clock.nowMs() + 10 * HOUR_MS;
  await measured(HOUR_MS);
  await write(2);
  await engine().run();
  // Somebody set the phone's clock right.
  await measured(0);
  await write(1);
  const [first, second, third] = await times();
  for (const one of [first, second]) expect(one?.[1]).toBe((one?.[0] ?? 0) + HOUR_MS);
  expect(third?.[1]).toBe(third?.[0]);
});

test("it is not dated after the root took it, and pulled again under another epoch it has the same time", async () => {
  server.clockMs = clock.nowMs() - HOUR_MS;
  await measured(0);
  await write(1);
  await engine().run();
  const [[, shown] = [0, 0]] = await times();
  expect(shown).toBeLessThanOrEqual(server.clockMs);
  const restored = new ProtocolServer();
  restored.epoch = epochName(1);
  restored.clockMs = server.clockMs;
  restored.addMember("u:p", "p", "owner");
  serve(restored);
  await engine().run();
  const [[, again] = [0, 0]] = await times();
  expect(Math.abs(again - shown)).toBeLessThan(60_000);
});

test("what came and was not answered is dated by what was said then, as others date it", async () => {
  server.clockMs = clock.nowMs() + 10 * HOUR_MS;
  await measured(HOUR_MS);
  await write(1);
  let first = true;
  const handle = server.handle.bind(server);
  server.handle = async (...asked) => {
    const reply = await handle(...asked);
    if (!first) return reply;
    first = false;
    // The answer is lost, and the phone's clock is put right before the next request.
    await measured(0);
    return {};
  };
  await engine().run();
  const [only] = await times();
  expect(only?.[1]).toBe((only?.[0] ?? 0) + HOUR_MS);
});
