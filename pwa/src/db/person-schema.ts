/**
 * The database of one person on this phone, `xuetan-<person id>`. Owns its stores and their migrations; sync/SPEC.md says what they mean.
 */
import type { DBSchema } from "idb";
import type { Columns } from "../domain/columns.ts";
import type { StreamEvent } from "../domain/event.ts";
import type { BlobBytes, BlobRecord } from "./blob-records.ts";
import { Database, type Migration, type Tx } from "./database.ts";
import type { AnswerDraftRecord, AttemptRecord, DraftRecord, MarkRecord, PlaceRecord } from "./unsent-records.ts";

export type { AnswerDraftRecord, AttemptRecord, DraftRecord, MarkRecord, PlaceRecord } from "./unsent-records.ts";

export interface PersonMeta {
  key: "person";
  person: string;
  /** The device that the current stream is bound to. */
  device: string;
  /** The stream that new events go to. */
  current: string;
  /** Grows whenever what was read before may be gone or moved: answers and folds of an older one are dropped. */
  generation: number;
}

export interface FollowedScope {
  number: number;
  scope: string;
  role: string;
}

export interface SyncMeta {
  key: "sync";
  epoch?: string;
  followVersion: number;
  follow: FollowedScope[];
  /** Position by follow number. */
  cursors: Record<number, number>;
  /** The server's clock minus this phone's, and when that was measured. */
  offset?: { ms: number; measuredMs: number };
  /** A hub has answered this phone: what it told is looked at, also when the root can be reached. */
  hub?: true;
  /** This person took in what is to be handed in for somebody, and not all of it has been yet. */
  carries?: true;
}

export interface StatusMeta {
  key: "status";
  lastSyncMs?: number;
  /** Whether the last exchange reached the server. */
  reachable: boolean;
  problem?: "sign_in_required" | "device_revoked" | "update_required" | "server" | "storage_full";
  nextTryMs?: number; // The server asked for quiet until then, by this phone's clock; only shown.
}

export interface StreamRecord {
  stream: string;
  /** Order of making; older streams are pushed first. */
  order: number;
  device: string;
  /** Events appended. */
  next: number;
  /** Events in segments. */
  sealed: number;
  /** Hash of the last sealed segment, empty before the first. */
  chain: string;
  /** Events that the server has proven to hold. */
  acked: number;
  /** Events that the root has in a verified backup; never more than `acked`. */
  safe?: number;
  /** Events that a hub has said to hold; only shown, and forgotten with the epoch. */
  held?: number;
  /** Set when the stream is closed; then it holds exactly this many events. */
  limit?: number;
}

export interface SegmentRecord {
  stream: string;
  scope: string;
  first: number;
  n: number;
  prev: string;
  hash: string;
  /** As it was sealed. With `left`: the SHA-256 of that, then what remains of it after something was erased by right. */
  body: Uint8Array<ArrayBuffer>;
  left?: [1];
}

/** A pulled segment. `own`: its events are in `events`, written by this database. */
export interface PulledSegment {
  scope: string;
  position: number;
  stream: string;
  first: number;
  n: number;
  by: string;
  role: string;
  after: boolean;
  /** When the server took it, ms UTC. */
  at: number;
  /** The writer's measured clock offset, ms. */
  off: number;
  own: boolean;
  columns?: Columns;
}

export interface RowRecord {
  scope: string;
  kind: string;
  key: string;
  position: number;
  body: Record<string, unknown>;
  /** Of kind `erased`: this phone has done what it says. */
  done?: true;
}

export interface ReceiptRecord {
  stream: string;
  first: number;
  n: number;
  scope: string;
  /** The server's clock. */
  receivedMs: number;
  level: "received" | "set_aside";
  kinds: Record<string, number>;
}

export interface SetAsideRecord {
  stream: string;
  seq: number;
  code: string;
}

export interface PersonSchema extends DBSchema {
  meta: { key: string; value: PersonMeta | SyncMeta | StatusMeta };
  streams: { key: string; value: StreamRecord };
  events: {
    key: [string, number];
    value: StreamEvent;
    indexes: { by_scope: [string, string, number] };
  };
  segments: { key: [string, number]; value: SegmentRecord };
  entries: { key: [string, number]; value: PulledSegment };
  rows: {
    key: [string, string, string];
    value: RowRecord;
    indexes: { by_kind: string };
  };
  receipts: { key: [string, number]; value: ReceiptRecord };
  set_aside: { key: [string, number]; value: SetAsideRecord };
  drafts: { key: string; value: DraftRecord };
  places: { key: [string, string]; value: PlaceRecord };
  attempts: { key: [string, string]; value: AttemptRecord };
  answer_drafts: { key: [string, string]; value: AnswerDraftRecord };
  marks: { key: string; value: MarkRecord };
  blobs: { key: string; value: BlobRecord };
  blob_bytes: { key: string; value: BlobBytes };
}

export type PersonStore =
  | "meta"
  | "streams"
  | "events"
  | "segments"
  | "entries"
  | "rows"
  | "receipts"
  | "set_aside"
  | "drafts"
  | "places"
  | "attempts"
  | "answer_drafts"
  | "marks"
  | "blobs"
  | "blob_bytes";

export type PersonDatabase = Database<PersonSchema>;
export type PersonTx<N extends PersonStore, M extends IDBTransactionMode = "readwrite"> = Tx<PersonSchema, N, M>;

export const PERSON_MIGRATIONS: readonly Migration<PersonSchema>[] = [
  {
    name: "events, segments, scopes and what a person keeps",
    run(db) {
      db.createObjectStore("meta", { keyPath: "key" });
      db.createObjectStore("streams", { keyPath: "stream" });
      const events = db.createObjectStore("events", {
        keyPath: ["stream", "seq"],
      });
      events.createIndex("by_scope", ["scope", "stream", "seq"]);
      db.createObjectStore("segments", { keyPath: ["stream", "first"] });
      db.createObjectStore("entries", { keyPath: ["scope", "position"] });
      db.createObjectStore("rows", {
        keyPath: ["scope", "kind", "key"],
      }).createIndex("by_kind", "kind");
      db.createObjectStore("receipts", { keyPath: ["stream", "first"] });
      db.createObjectStore("set_aside", { keyPath: ["stream", "seq"] });
      db.createObjectStore("drafts", { keyPath: "draft" });
      db.createObjectStore("places", { keyPath: ["pack", "lesson"] });
      db.createObjectStore("attempts", { keyPath: ["pack", "lesson"] });
      db.createObjectStore("answer_drafts", {
        keyPath: ["attempt", "question"],
      });
      db.createObjectStore("marks", { keyPath: "mark" });
    },
  },
  {
    name: "blobs",
    run(db) {
      db.createObjectStore("blobs", { keyPath: "sha256" });
      db.createObjectStore("blob_bytes", { keyPath: "sha256" });
    },
  },
];

export function openPersonDatabase(person: string): PersonDatabase {
  return new Database<PersonSchema>(`xuetan-${person}`, PERSON_MIGRATIONS);
}
