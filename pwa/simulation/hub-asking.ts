/**
 * A tab's way to hubs: the use-cases of the app as they are (`use-cases/hubs.ts` and what they stand on), over ports that the world holds. Owns as much of a
 * session as they look at. Invariant: only a full disk or the tab's end may keep them from ending well.
 */
import { ApiClient } from "../src/api/client.ts";
import { Database } from "../src/db/database.ts";
import { HUBS_MIGRATIONS, type HubsSchema } from "../src/db/hubs.ts";
import { DEVICE_MIGRATIONS, type DeviceSchema, type PersonRecord } from "../src/db/device-schema.ts";
import type { Fetch, Locks, Timers } from "../src/platform/ports.ts";
import { knownHubs } from "../src/use-cases/hub-known.ts";
import { askHub } from "../src/use-cases/hubs.ts";
import { refreshProvisional } from "../src/use-cases/provisional.ts";
import type { Session } from "../src/use-cases/session.ts";
import type { Hubs } from "./hubs.ts";
import type { Phone } from "./phone.ts";
import { SIGNATURES } from "./subtle.ts";
import type { Tab } from "./tab.ts";

const NEVER_LATE: Timers = { after: () => () => undefined };

/** Who a phone belongs to, as its device database says. */
export async function writeRecord(hubs: Hubs, phone: Phone): Promise<void> {
  const keys = hubs.keysOf(phone.device);
  const { person, name } = phone.person;
  const record = { person, name, device: phone.device, keys, fileKeys: phone.fileKeys, rootKey: hubs.rootKey };
  const device = deviceOf(phone);
  await device.write(["people"], async (tx) => void (await tx.objectStore("people").put(record as unknown as PersonRecord)));
  device.close();
}

function deviceOf(phone: Phone): Database<DeviceSchema> {
  return new Database<DeviceSchema>(`${phone.database}-device`, DEVICE_MIGRATIONS);
}

const HUB_STORES = ["hubs", "provisional", "asked"] as const;
export type HubStore = (typeof HUB_STORES)[number];

/** What a phone knows of hubs lies in a database of its own, and is copied and put back with the rest. */
export async function dumpHubs(database: string, dump: Map<string, unknown[]>): Promise<void> {
  const db = hubsOf(database);
  await db.read(HUB_STORES, async (tx) => {
    for (const store of HUB_STORES) dump.set(store, await tx.objectStore(store).getAll());
  });
  db.close();
}

export async function loadHubs(database: string, dump: ReadonlyMap<string, unknown[]>): Promise<void> {
  const db = hubsOf(database);
  await db.write(HUB_STORES, async (tx) => {
    for (const store of HUB_STORES) {
      await tx.objectStore(store).clear();
      for (const value of dump.get(store) ?? []) await tx.objectStore(store).put(structuredClone(value) as never);
    }
  });
  db.close();
}

function hubsOf(database: string): Database<HubsSchema> {
  return new Database<HubsSchema>(`${database}-hubs`, HUBS_MIGRATIONS);
}

export class HubAsking {
  readonly session: Session;
  private readonly tab: Tab;
  private readonly hubs: Hubs;

  constructor(tab: Tab, hubs: Hubs) {
    const { phone } = tab;
    this.tab = tab;
    this.hubs = hubs;
    const ports = { random: phone.world.chance, clock: phone.clock, crypto: SIGNATURES, locks: this.locks() };
    const app = { ports, api: new ApiClient(this.fetch(), NEVER_LATE), device: deviceOf(phone), session: { peek: () => null } };
    const { person: id, name } = phone.person;
    const who = { person: { id, name, roles: [] }, deviceId: phone.device, rootKey: hubs.rootKey };
    this.session = { app, ...who, db: tab.db, studies: {} } as unknown as Session;
  }

  /** As the app does while the root cannot be reached: one hub after the other, until one answers. */
  ask(): void {
    this.begin(async () => {
      for (const hub of await knownHubs(this.session)) {
        if (hub.address !== "" && (await askHub(this.session, hub.hub)) === "answered") return;
      }
    });
  }

  /** As the app does whenever something was pulled. */
  look(): void {
    this.begin(async () => await refreshProvisional(this.session));
  }

  private begin(work: () => Promise<unknown>): void {
    const { tab } = this;
    const { activities, watch } = tab.phone.world;
    activities.begin(async () => {
      try {
        await work();
      } catch (error) {
        const isStorage = error instanceof Error && error.name === "StorageError";
        if (!tab.dead && !isStorage) watch.broken("CRASH", `${tab.phone.name} could not ask a hub: ${String(error)}`);
      }
    });
  }

  private fetch(): Fetch {
    return async (url, init) => {
      const { phone } = this.tab;
      const bytes = init?.body as Uint8Array<ArrayBuffer>;
      const { origin: address } = new URL(url);
      const answer = await phone.world.activities.parked<Response | undefined>(
        () => !this.tab.dead,
        (settle) => this.hubs.line.take({ phone, address, bytes, reader: phone.fileKeys, settle }),
      );
      if (answer === undefined) throw new TypeError("no line");
      return answer;
    };
  }

  private locks(): Locks {
    const { tab } = this;
    return {
      exclusive: async (name, _mode, work) => {
        const mine = tab.phone.hasLocks ? name : `${name} of ${tab.name}`;
        await tab.phone.takeLock(mine, tab, () => !tab.dead);
        try {
          return await work();
        } finally {
          tab.phone.freeLock(mine, tab);
        }
      },
    };
  }
}
