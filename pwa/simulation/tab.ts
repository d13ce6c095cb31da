/**
 * One tab of a phone: the real database, append and engine, with ports that the world holds. Owns what can happen to a tab: it is killed before or
 * after a commit, the disk is full, another tab's transaction comes in between.
 */
import { ApiClient } from "../src/api/client.ts";
import { httpTransport } from "../src/api/sync-transport.ts";
import { getSyncMeta } from "../src/db/meta.ts";
import { append, type NewEvent } from "../src/db/append.ts";
import { Database } from "../src/db/database.ts";
import {
  PERSON_MIGRATIONS,
  type PersonSchema,
  type PersonStore,
  type PersonTx,
  type RowRecord,
  type StreamRecord,
  type SyncMeta,
} from "../src/db/person-schema.ts";
import type { Fetch, Locks, Timers } from "../src/platform/ports.ts";
import { SyncEngine } from "../src/sync/engine.ts";
import { leaveDamagedBytes } from "../src/sync/damaged-bytes.ts";
import { sealAll } from "../src/sync/seal.ts";
import { nextTurn } from "./activities.ts";
import { HubAsking } from "./hub-asking.ts";
import type { Phone } from "./phone.ts";

/** Chances of what happens to one write. */
export interface DiskFaults {
  killedBefore: number;
  killedAfter: number;
  full: number;
}

export const NO_DISK_FAULTS: DiskFaults = { killedBefore: 0, killedAfter: 0, full: 0 };

/** What an answer left behind of what may only go forwards. */
export interface Stored {
  sync: SyncMeta;
  rows: RowRecord[];
  streams: StreamRecord[];
}

async function storedIn(tx: PersonTx<PersonStore>): Promise<Stored> {
  return { sync: await getSyncMeta(tx), rows: await tx.objectStore("rows").getAll(), streams: await tx.objectStore("streams").getAll() };
}

class TabDatabase extends Database<PersonSchema> {
  private readonly tab: Tab;

  constructor(name: string, tab: Tab) {
    super(name, PERSON_MIGRATIONS);
    this.tab = tab;
  }

  override async read<N extends PersonStore, T>(stores: readonly N[], work: (tx: PersonTx<N, "readonly">) => Promise<T>): Promise<T> {
    if (this.tab.dead) return await this.tab.phone.world.activities.never();
    return await super.read(stores, work);
  }

  override async write<N extends PersonStore, T>(stores: readonly N[], work: (tx: PersonTx<N>) => Promise<T>): Promise<T> {
    const { phone } = this.tab;
    const { activities, chance } = phone.world;
    const faults = phone.disk;
    // Another tab of this phone may come first.
    if (activities.running > 1) for (let turns = chance.below(4); turns > 0; turns -= 1) await nextTurn();
    if (!this.tab.dead && chance.chance(faults.killedBefore)) this.tab.kill();
    if (this.tab.dead) return await activities.never();
    const full = chance.chance(faults.full);
    let stored: Stored | undefined;
    const result = await super.write(stores, async (tx) => {
      const done = await work(tx);
      if (full) throw new DOMException("the disk is full", "QuotaExceededError");
      if (stores.includes("entries" as N)) stored = await storedIn(tx as unknown as PersonTx<PersonStore>);
      return done;
    });
    if (stored !== undefined) phone.world.watch.forwards(phone, stored);
    if (!this.tab.dead && chance.chance(faults.killedAfter)) this.tab.kill();
    if (this.tab.dead) return await activities.never();
    return result;
  }
}

export class Tab {
  readonly phone: Phone;
  readonly db: TabDatabase;
  readonly engine: SyncEngine;
  /** Its way to hubs, where there are any. */
  readonly asking: HubAsking | undefined;
  dead = false;
  private readonly number: number;
  private queued = false;

  constructor(phone: Phone, number: number) {
    this.phone = phone;
    this.number = number;
    this.db = new TabDatabase(phone.database, this);
    const { world, clock } = phone;
    const neverLate: Timers = { after: () => () => undefined };
    const api = new ApiClient(this.fetch(), neverLate);
    this.engine = new SyncEngine({
      person: phone.person.person,
      db: this.db,
      seal: sealAll,
      leaveDamaged: leaveDamagedBytes,
      transport: httpTransport(api, clock),
      credential: { token: async () => phone.token, renew: async () => phone.renew() },
      clock,
      random: world.chance,
      timers: this.timers(),
      locks: this.locks(),
      app: "simulation",
    });
    this.asking = world.hubs && new HubAsking(this, world.hubs);
  }

  get name(): string {
    return `tab ${this.number}`;
  }

  async save(events: readonly NewEvent[]): Promise<void> {
    await append(this.db, this.phone.clock, events);
  }

  /** A second ask while one waits for the lock is the same ask. */
  sync(): void {
    if (this.queued) return;
    this.phone.world.activities.begin(async () => await this.engine.run());
  }

  /** Nothing of it goes on; what it had committed stays. */
  kill(): void {
    this.dead = true;
    this.phone.closed(this);
    this.db.close();
  }

  private isAlive = (): boolean => !this.dead;

  private fetch(): Fetch {
    return async (_path, init) => {
      const token = new Headers(init?.headers).get("Authorization")?.replace("Bearer ", "") ?? "";
      const frame = init?.body as Uint8Array<ArrayBuffer>;
      const { world } = this.phone;
      const answer = await world.activities.parked<Response | undefined>(this.isAlive, (settle) =>
        world.air.take({ phone: this.phone, frame, token, settle }),
      );
      if (answer === undefined) throw new TypeError("no line");
      return answer;
    };
  }

  private timers(): Timers {
    const { world } = this.phone;
    return {
      after: (_delayMs, work) => {
        const { activities, timers } = world;
        activities.running -= 1;
        const timer = () => {
          if (!timers.delete(timer) || this.dead) return;
          activities.running += 1;
          work();
        };
        timers.add(timer);
        // Cancelled only by who goes on at once: a hurried engine.
        return () => {
          if (timers.delete(timer) && !this.dead) activities.running += 1;
        };
      },
    };
  }

  private locks(): Locks {
    const { phone } = this;
    return {
      exclusive: async (person, _mode, work) => {
        // Without the browser's locks each tab has its own, and engines of two tabs meet in the database.
        const name = phone.hasLocks ? person : `${person} of ${this.name}`;
        this.queued = true;
        await phone.takeLock(name, this, this.isAlive);
        this.queued = false;
        try {
          return await work();
        } finally {
          phone.freeLock(name, this);
        }
      },
    };
  }
}
