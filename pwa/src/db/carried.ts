/**
 * Files that this phone carries for others: sealed, so it knows whose they are and no more. Owns their bound in number and size, and what
 * became of them. Invariant: a file that the root has not answered for stays until the person takes it away.
 */
import { CARRIED_BYTES_MAX, CARRIED_FILES_MAX } from "../contracts/limits.ts";
import type { DBSchema } from "idb";
import { Database, type Migration } from "./database.ts";
import type { DeviceDatabase } from "./device-schema.ts";
import { getSyncMeta, putMeta } from "./meta.ts";
import type { PersonDatabase } from "./person-schema.ts";
import { announce } from "./topics.ts";

/** A sealed file: somebody else's, or a copy of one's own. Receipts wait until they are brought home. */
export interface CarriedRecord {
  /** SHA-256 of its bytes, hex. */
  file: string;
  kind: "transfers" | "receipts";
  /** Whose it says it is. */
  device: string;
  /** The key that its signature is of. */
  by?: string;
  name: string;
  /** The person of this phone whose own it is, who took it in. */
  whose?: string;
  madeMs: number;
  takenMs: number;
  state: "waiting" | "delivered" | "refused";
  bytes: Uint8Array<ArrayBuffer>;
  /** Why the root refused it. */
  code?: string;
  /** What the root said of it: events that were new, that it had, that it keeps aside. */
  answer?: { taken: number; known: number; aside: number };
  /** How often it was sent and is not done, and when it is sent again without anybody's word. */
  tries?: number;
  /** When it was last given out of the app. */
  givenMs?: number;
  notBeforeMs?: number;
}

export interface CarriedSchema extends DBSchema {
  carried: { key: string; value: CarriedRecord };
}

/** A database of its own, so that start-up does not have to know it. */
export const CARRIED_MIGRATIONS: readonly Migration<CarriedSchema>[] = [
  {
    name: "files carried for others",
    run(db) {
      db.createObjectStore("carried", { keyPath: "file" });
    },
  },
];

const opened = new WeakMap<DeviceDatabase, Database<CarriedSchema>>();

function carriedBy(device: DeviceDatabase): Database<CarriedSchema> {
  const found = opened.get(device) ?? new Database<CarriedSchema>(`${device.name}-carried`, CARRIED_MIGRATIONS);
  opened.set(device, found);
  return found;
}

/** Oldest first. */
export async function listCarried(device: DeviceDatabase): Promise<CarriedRecord[]> {
  const found = await carriedBy(device).read(["carried"], async (tx) => await tx.objectStore("carried").getAll());
  return found.sort((left, right) => left.takenMs - right.takenMs);
}

/** `again`: it was here already. `full`: there is no room for more. */
export async function putCarried(device: DeviceDatabase, record: CarriedRecord): Promise<"taken" | "again" | "full"> {
  const done = await carriedBy(device).write(["carried"], async (tx) => {
    const store = tx.objectStore("carried");
    const known = await store.get(record.file);
    if (known !== undefined && known.state !== "refused") return "again" as const;
    const kept = (await store.getAll()).filter((one) => one.state !== "delivered" && one.file !== record.file);
    const bytes = kept.reduce((sum, one) => sum + one.bytes.length, record.bytes.length);
    if (kept.length >= CARRIED_FILES_MAX || bytes > CARRIED_BYTES_MAX) return "full" as const;
    await store.put(record);
    return "taken" as const;
  });
  announce(["carried"]);
  return done;
}

/** What was delivered needs its bytes no more; that it was, is worth showing. */
export async function noteCarried(device: DeviceDatabase, file: string, change: Partial<CarriedRecord>): Promise<void> {
  await carriedBy(device).write(["carried"], async (tx) => {
    const known = await tx.objectStore("carried").get(file);
    if (known !== undefined) await tx.objectStore("carried").put({ ...known, ...change });
  });
  announce(["carried"]);
}

export async function dropCarried(device: DeviceDatabase, file: string): Promise<void> {
  await carriedBy(device).write(["carried"], async (tx) => {
    await tx.objectStore("carried").delete(file);
  });
  announce(["carried"]);
}

/** Whether this person's runs of the engine look for what is to be handed in. */
export async function noteCarrying(db: PersonDatabase, carries: boolean): Promise<void> {
  const { carries: before = false } = await db.read(["meta"], getSyncMeta);
  if (before === carries) return;
  await db.write(["meta"], async (tx) => {
    const { carries: _before, ...sync } = await getSyncMeta(tx);
    await putMeta(tx, { ...sync, ...(carries && { carries }) });
  });
}
