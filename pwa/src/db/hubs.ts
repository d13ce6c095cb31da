/**
 * What one person's phone knows of hubs: which there are, what each holds of this phone, what they hold of others, and questions that went by hand. Owns
 * the database, which start-up does not have to know. Invariant: nothing in here is a record; losing it costs an answer.
 */
import type { DBSchema } from "idb";
import type { HubCertificate, ProvisionalEntry } from "../contracts/sync.ts";
import { Database, type Migration } from "./database.ts";
import type { PersonDatabase } from "./person-schema.ts";

export interface HubRecord {
  hub: string;
  name: string;
  /** Where it is reached: scheme, host and port; empty when only files go there. */
  address: string;
  /** Somebody typed the address and the hub answered there: a row does not know better. */
  typed?: true;
  certificate: HubCertificate;
  /** Told by a row of the root; else somebody typed its address here. */
  byRow: boolean;
  /** The epoch in which `held` was said; under another one it says nothing. */
  epoch?: string;
  /** Events per stream that it holds in one run from the beginning. */
  held: Record<string, number>;
  /** This phone's clock at the last answer. */
  answeredMs?: number;
  /** How long before that answer the hub had heard the root. */
  rootAgeMs?: number;
  /** Why it did not keep, or tell, all. */
  refused?: string;
  /** Tag of the provisional list that came from it. */
  prov?: string;
}

/** A segment that a hub holds and the root has not numbered. */
export interface ProvisionalRecord {
  stream: string;
  first: number;
  entry: ProvisionalEntry;
}

/** Where a transfer of a question begins and ends. */
export interface Span {
  stream: string;
  first: number;
  next: number;
  chain: string;
}

/** What an answer is judged by. */
export interface AskedRecord {
  nonce: string;
  hub: string;
  madeMs: number;
  stream: string;
  generation: number;
  epoch?: string;
  cursors: Record<number, number>;
  spans: Span[];
  known: Record<string, number>;
}

export interface HubsSchema extends DBSchema {
  hubs: { key: string; value: HubRecord };
  provisional: { key: [string, number]; value: ProvisionalRecord };
  asked: { key: string; value: AskedRecord };
}

export const HUBS_MIGRATIONS: readonly Migration<HubsSchema>[] = [
  {
    name: "hubs, what they hold, questions that wait",
    run(db) {
      db.createObjectStore("hubs", { keyPath: "hub" });
      db.createObjectStore("provisional", { keyPath: ["stream", "first"] });
      db.createObjectStore("asked", { keyPath: "nonce" });
    },
  },
];

/** Questions that went by hand and were not answered; the oldest give way. */
const ASKED_MAX = 16;

const opened = new WeakMap<PersonDatabase, Database<HubsSchema>>();

function hubsOf(db: PersonDatabase): Database<HubsSchema> {
  const found = opened.get(db) ?? new Database<HubsSchema>(`${db.name}-hubs`, HUBS_MIGRATIONS);
  opened.set(db, found);
  return found;
}

export async function listHubs(db: PersonDatabase): Promise<HubRecord[]> {
  return await hubsOf(db).read(["hubs"], async (tx) => await tx.objectStore("hubs").getAll());
}

/** Changes one in one transaction; undefined takes it away. */
export async function changeHub(
  db: PersonDatabase,
  hub: string,
  change: (now: HubRecord | undefined) => HubRecord | undefined,
): Promise<void> {
  await hubsOf(db).write(["hubs"], async (tx) => {
    const next = change(await tx.objectStore("hubs").get(hub));
    if (next === undefined) await tx.objectStore("hubs").delete(hub);
    else await tx.objectStore("hubs").put(next);
  });
}

export async function listProvisional(db: PersonDatabase): Promise<ProvisionalRecord[]> {
  return await hubsOf(db).read(["provisional"], async (tx) => await tx.objectStore("provisional").getAll());
}

/** The list of `hub` takes the place of whatever was there. */
export async function replaceProvisional(
  db: PersonDatabase,
  hub: string,
  prov: string | undefined,
  entries: readonly ProvisionalEntry[],
): Promise<void> {
  await hubsOf(db).write(["provisional", "hubs"], async (tx) => {
    await tx.objectStore("provisional").clear();
    for (const entry of entries) await tx.objectStore("provisional").put({ stream: entry.s, first: entry.f, entry });
    for (const { prov: _, ...record } of await tx.objectStore("hubs").getAll()) {
      await tx.objectStore("hubs").put(record.hub === hub && prov !== undefined ? { ...record, prov } : record);
    }
  });
}

/** They have a position now. The tag goes, too: the list is not what the hub gave any more. */
export async function dropProvisional(db: PersonDatabase, gone: readonly ProvisionalRecord[]): Promise<void> {
  await hubsOf(db).write(["provisional", "hubs"], async (tx) => {
    for (const { stream, first } of gone) await tx.objectStore("provisional").delete([stream, first]);
    for (const { prov: _, ...record } of await tx.objectStore("hubs").getAll()) await tx.objectStore("hubs").put(record);
  });
}

export async function putAsked(db: PersonDatabase, asked: AskedRecord): Promise<void> {
  await hubsOf(db).write(["asked"], async (tx) => {
    await tx.objectStore("asked").put(asked);
    const all = (await tx.objectStore("asked").getAll()).sort((left, right) => right.madeMs - left.madeMs);
    for (const { nonce } of all.slice(ASKED_MAX)) await tx.objectStore("asked").delete(nonce);
  });
}

/** Once: an answer is taken for one question. */
export async function takeAsked(db: PersonDatabase, nonce: string): Promise<AskedRecord | undefined> {
  return await hubsOf(db).write(["asked"], async (tx) => {
    const found = await tx.objectStore("asked").get(nonce);
    await tx.objectStore("asked").delete(nonce);
    return found;
  });
}
