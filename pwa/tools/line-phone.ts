/**
 * A phone without a screen for the tests of bad lines: the real database code, append, engine and HTTP, on fake-indexeddb in Node. Writes a
 * backlog while there is no line, a photo with its last entry if one is given, then sends until all of it was received. One line of JSON on
 * standard output after every exchange and after every piece of the photo.
 *
 *     node tools/line-phone.ts '{"url":…,"person":…,"device":…,"token":…,"events":500,"characters":0,"photo":""}'
 */
import "fake-indexeddb/auto";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ApiClient } from "../src/api/client.ts";
import { fileClient } from "../src/api/files.ts";
import { httpTransport } from "../src/api/sync-transport.ts";
import { append, type NewEvent } from "../src/db/append.ts";
import { listBlobs, nameBlobs, putBlob } from "../src/db/blobs.ts";
import { Database } from "../src/db/database.ts";
import { prepareDatabase } from "../src/db/meta.ts";
import { PERSON_MIGRATIONS, type PersonSchema } from "../src/db/person-schema.ts";
import { countWaiting } from "../src/db/waiting.ts";
import type { Clock, Timers } from "../src/platform/ports.ts";
import { SyncEngine } from "../src/sync/engine.ts";
import { leaveDamagedBytes } from "../src/sync/damaged-bytes.ts";
import { sealAll } from "../src/sync/seal.ts";
import { processLocks, seeded } from "../src/sync/testing/ports.ts";
import { uploadFiles, type UploaderParts } from "../src/sync/uploader.ts";

interface Order {
  url: string;
  person: string;
  device: string;
  token: string;
  events: number;
  /** Of each event's text; 0: a lesson that was opened. */
  characters: number;
  /** A JPEG file; empty for none. */
  photo: string;
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

async function keepPhoto(): Promise<void> {
  const data = new Uint8Array(await readFile(order.photo));
  const scope = `u:${order.person}`;
  const sha256 = createHash("sha256").update(data).digest("hex");
  const ref = { sha256, kind: "photo", type: "image/jpeg", bytes: data.length, faces: "nobody" } as const;
  await db.write(["blobs", "blob_bytes"], async (tx) => await putBlob(tx, scope, ref, data, clock.nowMs()));
  const payload = { entry: "p".repeat(16), ver: "v".repeat(22), parents: [], text: "", blobs: [ref] };
  await append(db, clock, [{ scope, kind: "journal_saved/1", payload }], { also: async (tx) => await nameBlobs(tx, [ref]) });
}
if (order.photo !== "") await keepPhoto();

async function tell(exchange: string): Promise<void> {
  const photos = await listBlobs(db);
  const sent = photos.reduce((bytes, photo) => bytes + (photo.sent ?? 0), 0);
  console.log(JSON.stringify({ waiting: await countWaiting(db), exchange, sent, ms: Date.now() }));
}

const api = new ApiClient(async (path, init) => await fetch(order.url + String(path), init), timers);
const line = httpTransport(api, clock);
const credential = {
  token: async () => await Promise.resolve(order.token),
  renew: async () => await Promise.resolve("unreachable" as const),
};
const locks = processLocks();
const engine = new SyncEngine({
  person: order.person,
  db,
  seal: sealAll,
  leaveDamaged: leaveDamagedBytes,
  transport: {
    async exchange(frame, token) {
      await tell("asked");
      const exchange = await line.exchange(frame, token);
      await tell(exchange.kind);
      return exchange;
    },
  },
  credential,
  clock,
  random: chance,
  timers,
  locks,
  app: "line",
});

// A run ends on its bound; the next trigger goes on, as the scheduler's would.
while ((await countWaiting(db)) > 0) await engine.run();
const files = fileClient(api);
const uploader: UploaderParts = {
  person: order.person,
  db,
  files: {
    ...files,
    async append(file, offset, data, token) {
      await tell("piece");
      return await files.append(file, offset, data, token);
    },
  },
  credential,
  random: chance,
  timers,
  locks,
  mayUseLine: async () => await Promise.resolve(true),
};
while ((await uploadFiles(uploader)) !== "done") await tell("stopped");
await tell("received");
process.exit(0);
