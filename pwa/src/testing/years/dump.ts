/**
 * A database as it lies on a phone, in a file. Owns the format and both ways; not what is in it. Invariant: laid down and taken again it is the same
 * file; of keys the private half is told only where it may be read, and is never readable after laying down.
 */
import { openDB } from "idb";
import type { Bytes } from "../../domain/bytes.ts";

export interface StoreDump {
  name: string;
  keyPath: string | string[];
  indexes: { name: string; keyPath: string | string[] }[];
  /** As they were read, in the order of their keys; bytes and keys as objects that say so. */
  rows: unknown[];
}

export interface DatabaseDump {
  version: number;
  stores: StoreDump[];
}

interface KeyDump {
  $key: { type: KeyType; name: string; namedCurve: string; usages: KeyUsage[]; bytes?: string };
}

const { subtle } = crypto;

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** The whole database of that name. */
export async function takeDump(name: string): Promise<DatabaseDump> {
  const db = await openDB(name);
  const stores: StoreDump[] = [];
  for (const storeName of db.objectStoreNames) {
    const { store } = db.transaction(storeName);
    const indexes = [...store.indexNames].map((index) => ({ name: index, keyPath: store.index(index).keyPath as string | string[] }));
    const rows: unknown[] = await store.getAll();
    stores.push({ name: storeName, keyPath: store.keyPath as string | string[], indexes, rows: await Promise.all(rows.map(toPlain)) });
  }
  db.close();
  return { version: db.version, stores };
}

/** Makes the database as it was on the phone: its version, stores and indexes by the file alone, whatever today's code would make. */
export async function layDown(name: string, dump: DatabaseDump): Promise<void> {
  const db = await openDB(name, dump.version, {
    upgrade(made) {
      for (const { name: storeName, keyPath, indexes } of dump.stores) {
        const store = made.createObjectStore(storeName, { keyPath });
        for (const index of indexes) store.createIndex(index.name, index.keyPath);
      }
    },
  });
  for (const { name: storeName, rows } of dump.stores) {
    const values = await Promise.all(rows.map(fromPlain));
    const tx = db.transaction(storeName, "readwrite");
    for (const value of values) await tx.store.put(value);
    await tx.done;
  }
  db.close();
}

/** Stores without what is in them. */
export function shapeOf({ stores }: DatabaseDump): Omit<StoreDump, "rows">[] {
  return stores.map(({ name, keyPath, indexes }) => ({ name, keyPath, indexes }));
}

/** What may be compared: private keys cannot be read where they lie as they should. */
export function withoutPrivate(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_name, part: unknown) =>
      isKeyDump(part) && part.$key.type === "private" ? { $key: { ...part.$key, bytes: undefined } } : part,
    ),
  );
}

async function toPlain(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return { $bytes: toBase64(value) };
  if (value instanceof CryptoKey) return await toKeyDump(value);
  return await mapParts(value, toPlain);
}

async function fromPlain(value: unknown): Promise<unknown> {
  if (isKeyDump(value)) return await fromKeyDump(value);
  if (isObject(value) && typeof value["$bytes"] === "string") return fromBase64(value["$bytes"]);
  return await mapParts(value, fromPlain);
}

async function mapParts(value: unknown, map: (part: unknown) => Promise<unknown>): Promise<unknown> {
  if (Array.isArray(value)) return await Promise.all(value.map(map));
  if (!isObject(value)) return value;
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(await Promise.all(parts.map(async ([name, part]) => [name, await map(part)] as const)));
}

async function toKeyDump(key: CryptoKey): Promise<KeyDump> {
  const { name, namedCurve } = key.algorithm as EcKeyAlgorithm;
  const told = { type: key.type, name, namedCurve, usages: key.usages };
  if (!key.extractable) return { $key: told };
  const format = key.type === "private" ? "pkcs8" : "spki";
  return { $key: { ...told, bytes: toBase64(new Uint8Array(await subtle.exportKey(format, key))) } };
}

async function fromKeyDump({ $key: { type, name, namedCurve, usages, bytes = "" } }: KeyDump): Promise<CryptoKey> {
  const format = type === "private" ? "pkcs8" : "spki";
  return await subtle.importKey(format, fromBase64(bytes), { name, namedCurve }, type === "public", usages);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isKeyDump(value: unknown): value is KeyDump {
  return isObject(value) && isObject(value["$key"]);
}
