/** One engine of one person over a line that answers as it is told to. Owns the situation before each test; the tests change `line`. */
import { beforeEach } from "vitest";
import type { Exchange } from "../../api/transport.ts";
import { append, type NewEvent } from "../../db/append.ts";
import { Database } from "../../db/database.ts";
import { prepareDatabase } from "../../db/meta.ts";
import {
  PERSON_MIGRATIONS,
  type PersonDatabase,
  type PersonSchema,
  type SegmentRecord,
  type StreamRecord,
} from "../../db/person-schema.ts";
import type { Bytes } from "../../domain/bytes.ts";
import { SyncEngine } from "../engine.ts";
import { leaveDamagedBytes } from "../damaged-bytes.ts";
import { sealAll } from "../seal.ts";
import { type Chance, processLocks, seeded, steppingClock } from "./ports.ts";
import { ProtocolServer } from "./protocol-server.ts";

export let db: PersonDatabase;
export let server: ProtocolServer;
export let chance: Chance;
export let waits: number[];
export let frames: Bytes[];
let made = 0;

export const clock = steppingClock(1_700_000_000_000);

beforeEach(async () => {
  made += 1;
  [waits, frames] = [[], []];
  Object.assign(line, { script: [], renewals: [], sealing: true });
  chance = seeded(`engine-${made}`);
  db = new Database<PersonSchema>(`engine-${made}`, PERSON_MIGRATIONS);
  await prepareDatabase(db, "p", "d", chance);
  server = new ProtocolServer();
  server.addMember("u:p", "p", "owner");
});

export function engine(
  after = (delayMs: number, work: () => void): void => {
    waits.push(delayMs);
    queueMicrotask(work);
  },
): SyncEngine {
  return new SyncEngine({
    app: "test",
    seal: async (database) => (line.sealing ? await sealAll(database) : 0),
    leaveDamaged: leaveDamagedBytes,
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
      renew: async () => line.renewals.shift() ?? "refused",
    },
    transport: {
      async exchange(frame) {
        frames.push(frame);
        const next = line.script.shift() ?? "server";
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

export async function write(count: number, scope = "u:p", text = ""): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    scope,
    kind: "note/1",
    payload: { token: `${scope} ${index}`, text },
  }));
  await append(db, clock, events as unknown as NewEvent[]);
}

export async function streams(): Promise<StreamRecord[]> {
  return await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
}

export async function segments(): Promise<SegmentRecord[]> {
  return await db.read(["segments"], async (tx) => await tx.objectStore("segments").getAll());
}

/** What answers come next, `server` for the server's own; what comes of renewing the token; whether the code that seals can be loaded. */
export const line: { script: (Exchange | "server")[]; renewals: ("renewed" | "refused" | "revoked")[]; sealing: boolean } = {
  script: [],
  renewals: [],
  sealing: true,
};

/** Another server answers from here on. */
export function serve(other: ProtocolServer): void {
  server = other;
}
