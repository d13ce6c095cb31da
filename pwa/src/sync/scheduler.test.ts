/** When the engine runs. Time is passed by hand. */
import { beforeEach, expect, test } from "vitest";
import { append } from "../db/append.ts";
import { Database } from "../db/database.ts";
import { prepareDatabase, putMeta } from "../db/meta.ts";
import { PERSON_MIGRATIONS, type PersonDatabase, type PersonSchema } from "../db/person-schema.ts";
import { makePorts, type TestPorts } from "../testing/ports.ts";
import { SyncScheduler } from "./scheduler.ts";

let ports: TestPorts;
let db: PersonDatabase;
let runs: number;
let asks: number;
let scheduler: SyncScheduler;
let made = 0;

beforeEach(async () => {
  made += 1;
  ports = makePorts();
  [runs, asks] = [0, 0];
  db = new Database<PersonSchema>(`scheduler-${made}`, PERSON_MIGRATIONS);
  await prepareDatabase(db, "p", "d", ports.random);
  const engine = {
    run: async () => {
      runs += 1;
    },
    hurry: () => undefined,
  };
  const backgroundSync = {
    ask: async () => {
      asks += 1;
    },
  };
  scheduler = new SyncScheduler({ ...ports, engine, db, backgroundSync });
});

async function settle(): Promise<void> {
  // fake-indexeddb works in turns of the event loop; a message is one.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

async function save(): Promise<void> {
  await append(db, ports.clock, [{ scope: "u:p", kind: "feedback_read/1", payload: { feedback: "f" } }]);
  await settle();
}

test("opened, visible again, line came back: each is a run; hidden with nothing to send is none", async () => {
  scheduler.start();
  await settle();
  expect(runs).toBe(1);
  ports.fake.tell();
  await settle();
  expect(runs).toBe(3);
  ports.fake.visible = false;
  ports.fake.online = false;
  ports.fake.tell();
  await settle();
  expect(runs).toBe(3);
  scheduler.stop();
});

test("many saves are one run, 2 s after the last and at most 10 s after the first", async () => {
  scheduler.start();
  await settle();
  await save();
  ports.fake.pass(1_999);
  await settle();
  expect(runs).toBe(1);
  ports.fake.pass(1);
  await settle();
  expect(runs).toBe(2);
  for (let second = 0; second < 12; second += 1) {
    await save();
    ports.fake.pass(1_000);
    await settle();
  }
  expect(runs).toBe(3);
  scheduler.stop();
});

test("while something waits for a line the tries grow apart, and the browser is asked to wake the worker", async () => {
  await db.write(["meta"], async (tx) => await putMeta(tx, { key: "status", reachable: false }));
  await save();
  scheduler.start();
  await settle();
  for (const [pause, expected] of [
    [60_000, 2],
    [60_000, 2],
    [60_000, 3],
    [239_000, 3],
    [1_000, 4],
  ] as const) {
    ports.fake.pass(pause);
    await settle();
    expect([pause, runs]).toEqual([pause, expected]);
  }
  expect(asks).toBeGreaterThan(2);
  scheduler.stop();
});

test("stopped means stopped", async () => {
  scheduler.start();
  await settle();
  scheduler.stop();
  await save();
  ports.fake.pass(3_600_000);
  await settle();
  expect(runs).toBe(1);
  expect(ports.fake.timers).toBe(0);
});
