/**
 * A phone without a screen for the tests of bad lines: the real database code, append, engine and HTTP, on fake-indexeddb in Node. Writes a
 * backlog while there is no line, then sends until all of it was received. One line of JSON on standard output after every exchange.
 *
 *     node tools/line-phone.ts '{"url":…,"person":…,"device":…,"token":…,"events":500,"characters":0}'
 */
import "fake-indexeddb/auto";
import { ApiClient } from "../src/api/client.ts";
import { httpTransport } from "../src/api/sync-transport.ts";
import { append, type NewEvent } from "../src/db/append.ts";
import { Database } from "../src/db/database.ts";
import { prepareDatabase } from "../src/db/meta.ts";
import { PERSON_MIGRATIONS, type PersonSchema } from "../src/db/person-schema.ts";
import { countWaiting } from "../src/db/waiting.ts";
import type { Clock, Timers } from "../src/platform/ports.ts";
import { SyncEngine } from "../src/sync/engine.ts";
import { sealAll } from "../src/sync/seal.ts";
import { processLocks, seeded } from "../src/sync/testing/ports.ts";

interface Order {
  url: string;
  person: string;
  device: string;
  token: string;
  events: number;
  /** Of each event's text; 0: a lesson that was opened. */
  characters: number;
}

const order = JSON.parse(process.argv[2] ?? "{}") as Order;
const chance = seeded(`line ${order.characters}`);
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const timers: Timers = {
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Words as hard to compress as a teacher's: any of three thousand characters. */
function words(): string {
  return Array.from({ length: order.characters }, () => String.fromCodePoint(0x4e00 + chance.below(3000))).join("");
}

function event(number: number): NewEvent {
  const scope = `u:${order.person}`;
  if (order.characters > 0) {
    return { scope, kind: "message_sent/1", payload: { message: String(number).padStart(16, "m"), text: words() } };
  }
  return { scope, kind: "lesson_opened/1", payload: { pack: "reading", version: 1, lesson: `lesson-${chance.below(40)}` } };
}

const db = new Database<PersonSchema>("line", PERSON_MIGRATIONS);
await prepareDatabase(db, order.person, order.device, chance);
for (let number = 0; number < order.events; number += 1) await append(db, clock, [event(number)]);

async function tell(exchange: string): Promise<void> {
  console.log(JSON.stringify({ waiting: await countWaiting(db), exchange, ms: Date.now() }));
}

const line = httpTransport(new ApiClient(async (path, init) => await fetch(order.url + String(path), init), timers), clock);
const engine = new SyncEngine({
  person: order.person,
  db,
  seal: sealAll,
  transport: {
    async exchange(frame, token) {
      await tell("asked");
      const exchange = await line.exchange(frame, token);
      await tell(exchange.kind);
      return exchange;
    },
  },
  credential: { token: async () => await Promise.resolve(order.token), renew: async () => await Promise.resolve("unreachable") },
  clock,
  random: chance,
  timers,
  locks: processLocks(),
  app: "line",
});

// A run ends on its bound; the next trigger goes on, as the scheduler's would.
while ((await countWaiting(db)) > 0) await engine.run();
await tell("received");
process.exit(0);
