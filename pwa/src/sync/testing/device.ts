/**
 * One simulated phone of one person: the real database, append and engine over a line that loses, doubles, delays and forgets.
 * Owns the faults; the world decides when.
 */
import { append, type NewEvent } from "../../db/append.ts";
import { Database } from "../../db/database.ts";
import { prepareDatabase } from "../../db/meta.ts";
import { PERSON_MIGRATIONS, type PersonSchema, type PersonStore } from "../../db/person-schema.ts";
import { allUnder, numbersFrom } from "../../db/ranges.ts";
import type { Bytes } from "../../domain/bytes.ts";
import { decodeColumns } from "../../domain/columns.ts";
import { originOf, type StreamEvent } from "../../domain/event.ts";
import { eventHash } from "../../domain/event-hash.ts";
import { digest } from "../../platform/compression.ts";
import type { Locks } from "../../platform/ports.ts";
import { SyncEngine } from "../engine.ts";
import { leaveDamagedBytes } from "../damaged-bytes.ts";
import { sealAll } from "../seal.ts";
import type { Exchange, Transport } from "../../api/transport.ts";
import { type Chance, impatientTimers, noLocks, processLocks, steppingClock } from "./ports.ts";
import type { ProtocolServer } from "./protocol-server.ts";

export interface Faults {
  lostRequest: number;
  lostAnswer: number;
  doubled: number;
  late: number;
  damaged: number;
  refused: number;
  crash: number;
}

export const NO_FAULTS: Faults = {
  lostRequest: 0,
  lostAnswer: 0,
  doubled: 0,
  late: 0,
  damaged: 0,
  refused: 0,
  crash: 0,
};

const STORES: readonly PersonStore[] = ["meta", "streams", "events", "segments", "entries", "rows", "receipts", "set_aside"];

export class Crash extends Error {}

/** Fails before or after the commit, as a killed tab would. */
class CrashingDatabase extends Database<PersonSchema> {
  faults: Faults = NO_FAULTS;
  chance: Chance | undefined;

  override async write<N extends PersonStore, T>(...[stores, work]: Parameters<typeof Database.prototype.write<N, T>>): Promise<T> {
    if (this.chance?.chance(this.faults.crash)) throw new Crash("before the commit");
    const result = (await super.write(stores, work)) as T;
    if (this.chance?.chance(this.faults.crash)) throw new Crash("after the commit");
    return result;
  }
}

export class SimulatedDevice {
  readonly name: string;
  readonly person: string;
  /** The key that the server knows; a clone has the same one. */
  device: string;
  readonly db: CrashingDatabase;
  readonly #chance: Chance;
  readonly #server: ProtocolServer;
  readonly clock;
  #engine: SyncEngine;
  #kept: Bytes[] = [];
  faults: Faults = NO_FAULTS;
  exchanges = 0;

  private constructor(name: string, person: string, device: string, chance: Chance, server: ProtocolServer) {
    this.name = name;
    this.person = person;
    this.device = device;
    this.#chance = chance;
    this.#server = server;
    this.clock = steppingClock(1_700_000_000_000 + chance.below(60) * 86_400_000 * 365);
    this.db = new CrashingDatabase(name, PERSON_MIGRATIONS);
    this.#engine = this.#makeEngine(processLocks());
  }

  static async make(name: string, person: string, device: string, chance: Chance, server: ProtocolServer): Promise<SimulatedDevice> {
    const made = new SimulatedDevice(name, person, device, chance, server);
    await prepareDatabase(made.db, person, device, chance);
    return made;
  }

  async write(events: NewEvent[]): Promise<void> {
    await append(this.db, this.clock, events);
  }

  /** A run under the present faults; the app starts anew after a crash. */
  async sync(): Promise<void> {
    this.db.faults = this.faults;
    this.db.chance = this.#chance;
    await this.#engine.run();
    this.db.faults = NO_FAULTS;
    this.#engine = this.#makeEngine(processLocks());
  }

  /** Two engines that know nothing of each other, as in a browser without locks. */
  async syncTwice(): Promise<void> {
    await Promise.all([this.#makeEngine(noLocks).run(), this.#makeEngine(noLocks).run()]);
  }

  /** A frame that was on its way for long arrives now; nobody hears the answer. */
  async deliverLate(): Promise<void> {
    const frame = this.#kept[this.#chance.below(Math.max(1, this.#kept.length))];
    if (frame !== undefined)
      await this.#server.handle(frame, {
        person: this.person,
        device: this.device,
      });
  }

  async dump(): Promise<Map<PersonStore, unknown[]>> {
    return await this.db.read(STORES, async (tx) => {
      const dump = new Map<PersonStore, unknown[]>();
      for (const store of STORES) dump.set(store, await tx.objectStore(store).getAll());
      return dump;
    });
  }

  async load(dump: Map<PersonStore, unknown[]>): Promise<void> {
    await this.db.write(STORES, async (tx) => {
      for (const store of STORES) {
        await tx.objectStore(store).clear();
        for (const value of dump.get(store) ?? []) await tx.objectStore(store).put(structuredClone(value) as never);
      }
    });
  }

  /** Tokens of every event this device shows in a scope; one that shows twice is in the list twice. */
  async shows(scope: string): Promise<string[]> {
    const events = await this.db.read(["events", "entries"], async (tx) => {
      const own = await tx.objectStore("events").index("by_scope").getAll(allUnder(scope));
      const found: Omit<StreamEvent, "hash">[] = [...own];
      for (const entry of await tx.objectStore("entries").getAll(numbersFrom(scope, 0))) {
        if (entry.own || entry.columns === undefined) continue;
        for (const event of decodeColumns(entry.columns))
          found.push({
            ...event,
            stream: entry.stream,
            seq: entry.first + event.index,
            scope,
          });
      }
      return found;
    });
    const seen = new Map<string, string>();
    for (const event of events) {
      const hash = await eventHash(digest, event);
      const origin = originOf({ ...event, hash });
      seen.set(`${origin.stream}:${origin.seq}:${hash}`, String(event.payload["token"]));
    }
    return [...seen.values()].sort();
  }

  #makeEngine(locks: Locks): SyncEngine {
    return new SyncEngine({
      seal: sealAll,
      leaveDamaged: leaveDamagedBytes,
      person: this.name,
      db: this.db,
      transport: this.#transport(),
      credential: { token: async () => "token", renew: async () => "renewed" },
      clock: this.clock,
      random: this.#chance,
      timers: impatientTimers,
      locks,
      app: "test",
    });
  }

  #transport(): Transport {
    return {
      exchange: async (frame): Promise<Exchange> => {
        this.exchanges += 1;
        const { faults } = this;
        const chance = this.#chance;
        if (chance.chance(faults.late)) this.#kept.push(frame);
        if (chance.chance(faults.lostRequest)) return { kind: "unreachable" };
        if (chance.chance(faults.refused)) {
          return chance.pick<Exchange>([
            { kind: "busy" },
            { kind: "too_large" },
            { kind: "unauthorised" },
            { kind: "answered", reply: "<html>", sentMs: 0, receivedMs: 0 },
          ]);
        }
        const sent = chance.chance(faults.damaged) ? flipped(frame, chance) : frame;
        const caller = { person: this.person, device: this.device };
        const sentMs = this.clock.nowMs();
        if (chance.chance(faults.doubled)) await this.#server.handle(sent, caller);
        const reply = await this.#server.handle(sent, caller);
        if (chance.chance(faults.lostAnswer)) return { kind: "unreachable" };
        return {
          kind: "answered",
          reply: JSON.parse(JSON.stringify(reply)),
          sentMs,
          receivedMs: this.clock.nowMs(),
        };
      },
    };
  }
}

/** One bit of a body, never of the header: a damaged header is a damaged request, which HTTP would not deliver. */
function flipped(frame: Bytes, chance: Chance): Bytes {
  const start = 4 + new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  if (start >= frame.length) return frame;
  const out = frame.slice();
  const at = start + chance.below(frame.length - start);
  out[at] = (out[at] as number) ^ (1 << chance.below(8));
  return out;
}
