/**
 * A phone of one person: tabs over one database. Owns what can happen to it as a whole: copied, put back, wiped, shut out, signed in again.
 */
import { getStatus, prepareDatabase } from "../src/db/meta.ts";
import { Database } from "../src/db/database.ts";
import { PERSON_MIGRATIONS, type PersonDatabase, type PersonSchema, type PersonStore } from "../src/db/person-schema.ts";
import type { Clock } from "../src/platform/ports.ts";
import { adoptDevice } from "../src/sync/rotate.ts";
import { makeFileKeys } from "./hpke.ts";
import { dumpHubs, type HubStore, loadHubs, writeRecord } from "./hub-asking.ts";
import { NO_DISK_FAULTS, Tab } from "./tab.ts";
import type { PersonHere, World } from "./world.ts";

export const STORES: readonly PersonStore[] = ["meta", "streams", "events", "segments", "entries", "rows", "receipts", "set_aside"];
export type Dump = Map<PersonStore | HubStore, unknown[]>;
export interface Seen {
  epoch: number;
  version: number;
  cursors: Record<number, number>;
  /** Position by scope, kind and key. */
  rows: Map<string, number>;
}
export const NOTHING_SEEN: Seen = { epoch: -1, version: -1, cursors: {}, rows: new Map() };
const NO_KEYS = {} as CryptoKeyPair;
type Renewal = "renewed" | "revoked" | "refused" | "unreachable" | "busy";

export class Phone {
  readonly world: World;
  readonly name: string;
  readonly person: PersonHere;
  readonly clock: Clock & { jump(ms: number): void };
  /** The name of its database; another one after a wipe. */
  database: string;
  device: string;
  token: string;
  disk = NO_DISK_FAULTS;
  /** Something happened to it after which a stream may end: copied, put back, another device. */
  mayFork = false;
  /** The root itself has refused it; else nobody may be asked for the code. */
  refused = false;
  /** The newest state of sync that was looked at: the index of its epoch, its follow list's version, its cursors. */
  seen: Seen = NOTHING_SEEN;
  hasLocks: boolean;
  /** It has no line to the root, only the one to a hub. */
  isCutOff = false;
  /** What hubs seal their answers to. */
  fileKeys = NO_KEYS;
  tabs: Tab[] = [];
  private lockQueues = new Map<string, { tab: Tab; go: (value: undefined) => void }[]>();
  private wipes = 0;
  private opened = 0;

  constructor(world: World, name: string, person: PersonHere, device: string, token: string) {
    this.world = world;
    this.name = this.database = name;
    this.person = person;
    this.device = device;
    this.token = token;
    this.hasLocks = !world.chance.chance(0.35);
    this.clock = wrongClock(world, (world.chance.below(7) - 3) * 365 * 86_400_000 + world.chance.below(1_000_000));
  }

  /** As the app starts: the database is prepared and belongs to the device that is signed in. */
  async start(): Promise<void> {
    const db = this.plain();
    await prepareDatabase(db, this.person.person, this.device, this.world.chance);
    await adoptDevice(db, this.device, this.world.chance);
    db.close();
    await this.joinHubs();
    this.openTab();
  }

  /** What asking hubs stands on, where there are any. */
  private async joinHubs(): Promise<void> {
    const { hubs } = this.world;
    if (hubs === undefined) return;
    this.fileKeys = await makeFileKeys();
    await writeRecord(hubs, this);
  }

  openTab(): Tab {
    this.opened += 1;
    const tab = new Tab(this, this.opened);
    this.tabs.push(tab);
    return tab;
  }

  anyTab(): Tab {
    return this.tabs.length === 0 ? this.openTab() : this.world.chance.pick(this.tabs);
  }

  closed(tab: Tab): void {
    this.tabs = this.tabs.filter((other) => other !== tab);
    // The browser frees what a closed tab held, and forgets what it waited for.
    for (const [name, queue] of this.lockQueues) {
      const held = queue[0]?.tab === tab;
      const left = queue.filter((waiting) => waiting.tab !== tab);
      this.lockQueues.set(name, left);
      if (held) left[0]?.go(undefined);
    }
  }

  closeAll(): void {
    for (const tab of [...this.tabs]) tab.kill();
  }

  async takeLock(name: string, tab: Tab, isAlive: () => boolean): Promise<void> {
    // Killed between asking to sync and asking for the lock: the browser gives none to what is gone.
    if (!isAlive()) await this.world.activities.never();
    const queue = this.lockQueues.get(name) ?? [];
    this.lockQueues.set(name, queue);
    if (queue.length === 0) {
      queue.push({ tab, go: () => undefined });
      return;
    }
    await this.world.activities.parked<undefined>(isAlive, (go) => queue.push({ tab, go }));
  }

  freeLock(name: string, tab: Tab): void {
    const queue = this.lockQueues.get(name);
    if (queue?.[0]?.tab !== tab) return;
    queue.shift();
    queue[0]?.go(undefined);
  }

  renew(): Renewal {
    if (this.isCutOff) return "unreachable";
    if (this.world.chance.chance(this.world.air.faults.lostRequest)) return "unreachable";
    const { status, code, token } = this.world.ask<{ status: number; code?: string; token?: string }>({ op: "renew", device: this.device });
    if (status === 200 && token !== undefined) {
      this.token = token;
      return "renewed";
    }
    this.refused = true;
    if (code === "device_revoked") return "revoked";
    return status === 401 || status === 403 ? "refused" : "busy";
  }

  /** True when the app says so: only the code helps. */
  async isSignedOut(): Promise<boolean> {
    const status = await this.withPlain(async (db) => await db.read(["meta"], getStatus));
    return status.problem === "sign_in_required" || status.problem === "device_revoked";
  }

  /** With the printed code: as the device it was, or as another one when that was shut out. */
  async signIn(): Promise<void> {
    const { world, person } = this;
    type Enrolled = { status: number; device: string; token: string };
    let told = world.ask<Enrolled>({ op: "enrol", name: person.name, device: this.device });
    if (told.status !== 200) told = world.ask<Enrolled>({ op: "enrol", name: person.name });
    if (told.status !== 200) return;
    if (this.device !== told.device) this.mayFork = true;
    this.device = told.device;
    this.token = told.token;
    this.closeAll();
    await this.start();
  }

  /** The browser cleared its store; the person signs in on what is now an empty phone. */
  async wipe(): Promise<void> {
    this.closeAll();
    this.wipes += 1;
    this.seen = NOTHING_SEEN;
    this.database = `${this.name}-${this.wipes}`;
    await this.start();
  }

  async dump(): Promise<Dump> {
    return await this.withPlain(async (db) => {
      const dump: Dump = new Map();
      await db.read(STORES, async (tx) => {
        for (const store of STORES) dump.set(store, await tx.objectStore(store).getAll());
      });
      if (this.world.hubs !== undefined) await dumpHubs(this.database, dump);
      return dump;
    });
  }

  /** The store is as it was, whatever happened since. */
  async load(dump: Dump): Promise<void> {
    this.closeAll();
    this.mayFork = true;
    this.seen = NOTHING_SEEN;
    // What it says of signing in came with the copy.
    this.refused = true;
    await this.withPlain(async (db) => {
      await db.write(STORES, async (tx) => {
        for (const store of STORES) {
          await tx.objectStore(store).clear();
          for (const value of dump.get(store) ?? []) await tx.objectStore(store).put(structuredClone(value) as never);
        }
      });
    });
    if (this.world.hubs !== undefined) await loadHubs(this.database, dump);
    await this.start();
  }

  async withPlain<T>(work: (db: PersonDatabase) => Promise<T>): Promise<T> {
    const db = this.plain();
    try {
      return await work(db);
    } finally {
      db.close();
    }
  }

  private plain(): PersonDatabase {
    return new Database<PersonSchema>(this.database, PERSON_MIGRATIONS);
  }
}

/** Years off, and sometimes off by more. */
function wrongClock(world: World, offsetMs: number): Clock & { jump(ms: number): void } {
  let looks = 0;
  let off = offsetMs;
  return {
    nowMs: () => world.nowMs + off + (looks += 1),
    monotonicMs: () => world.nowMs + (looks += 1),
    jump: (ms) => {
      off += ms;
    },
  };
}
