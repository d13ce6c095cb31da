/**
 * The database of this phone, `xuetan-device`: who uses it, what is installed, how it looks. Owns its stores and their migrations.
 * Invariant: nothing that a person wrote is in here.
 */
import type { DBSchema } from "idb";
import { Database, type Migration, type Tx } from "./database.ts";

export interface PinRecord {
  salt: Uint8Array<ArrayBuffer>;
  hash: Uint8Array<ArrayBuffer>;
  iterations: number;
  /** Wrong tries since the last right one. */
  tries: number;
  /** No try before this time of the phone's clock. */
  waitUntilMs: number;
}

export interface PersonRecord {
  person: string;
  name: string;
  roles: string[];
  timeZone: string;
  language: string;
  device: string;
  token: string;
  tokenExpiresMs: number;
  /** The private half is not extractable. */
  keys: CryptoKeyPair;
  /** DER SubjectPublicKeyInfo of the root that signs keyrings, base64url; pinned at enrolment. */
  rootKey: string;
  /** The root's key that files are sealed to. Absent where the person signed in before there was one. */
  rootFileKey?: string;
  /** The key that receipts for this device are sealed to; made with the first file. */
  fileKeys?: CryptoKeyPair;
  pin: PinRecord;
  /** Salted hash of the code that enrolled this person here: with no line, code and PIN together open the person. */
  code: { salt: Uint8Array<ArrayBuffer>; hash: string };
  /** What codes that reset the PIN prove, base64url; absent for who enrolled before there were such codes. */
  pinSecret?: string;
  /** The number of the last PIN reset that was taken here; only higher ones are. */
  pinResets?: number;
  /** What other phones and browsers of this person had not sent when the person signed in here; told until it was read or has arrived. */
  unarrived?: UnarrivedStream[] | null | undefined;
  lastOpenedMs: number;
  /** The phone was handed on: the next opening asks for the PIN, even where nobody else is here. */
  putAway?: boolean;
}

/** Of `head` events that a device of this name said to hold in a stream, `count` never came to the server. As the server wrote it. */
export interface UnarrivedStream {
  stream: string;
  name: string;
  head: number;
  count: number;
  heard_ms: number;
}

/** The key that this phone enrols people with; made before the first enrolment, so that a lost answer is repeated with the same key. */
export interface PhoneKeyRecord {
  key: "phone";
  keys: CryptoKeyPair;
}

export interface SettingsRecord {
  key: "settings";
  language: string;
  textSize: number;
  theme: string;
  alwaysAskPin: boolean;
  yuanPerGb?: number;
}

export interface InstalledPack {
  slug: string;
  version: number;
  /** Hash of the manifest. */
  manifest: string;
  tier: string;
  installedMs: number;
}

export interface ManifestRecord {
  manifest: string;
  slug: string;
  version: number;
  /** The bytes as text, as they were signed. */
  text: string;
}

export interface DownloadRecord {
  slug: string;
  version: number;
  manifest: string;
  tier: string;
  /** waiting: for a line; paused: for the person. */
  state: "running" | "waiting" | "paused" | "refused";
  bytesDone: number;
  bytesTotal: number;
  refusal?: string;
}

/** A piece of a file that is being downloaded. */
export interface PartRecord {
  file: string;
  offset: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface KeyringRecord {
  rootKey: string;
  version: number;
  signed: string;
}

/** An unfinished attempt needs the quiz of its version. */
export interface PinnedAttempt {
  attempt: string;
  person: string;
  manifest: string;
  lesson: string;
}

export interface DeviceSchema extends DBSchema {
  people: { key: string; value: PersonRecord };
  phone_key: { key: string; value: PhoneKeyRecord };
  settings: { key: string; value: SettingsRecord };
  packs: { key: string; value: InstalledPack };
  manifests: { key: string; value: ManifestRecord };
  downloads: { key: string; value: DownloadRecord };
  parts: { key: [string, number]; value: PartRecord };
  keyrings: { key: string; value: KeyringRecord };
  pinned_attempts: { key: string; value: PinnedAttempt };
}

export type DeviceStore =
  "people" | "phone_key" | "settings" | "packs" | "manifests" | "downloads" | "parts" | "keyrings" | "pinned_attempts";

export type DeviceDatabase = Database<DeviceSchema>;
export type DeviceTx<N extends DeviceStore, M extends IDBTransactionMode = "readwrite"> = Tx<DeviceSchema, N, M>;

export const DEVICE_MIGRATIONS: readonly Migration<DeviceSchema>[] = [
  {
    name: "people, packs and settings",
    run(db) {
      db.createObjectStore("people", { keyPath: "person" });
      db.createObjectStore("phone_key", { keyPath: "key" });
      db.createObjectStore("settings", { keyPath: "key" });
      db.createObjectStore("packs", { keyPath: "slug" });
      db.createObjectStore("manifests", { keyPath: "manifest" });
      db.createObjectStore("downloads", { keyPath: "slug" });
      db.createObjectStore("parts", { keyPath: ["file", "offset"] });
      db.createObjectStore("keyrings", { keyPath: "rootKey" });
      db.createObjectStore("pinned_attempts", { keyPath: "attempt" });
    },
  },
];

export function openDeviceDatabase(): DeviceDatabase {
  return new Database<DeviceSchema>("xuetan-device", DEVICE_MIGRATIONS);
}
