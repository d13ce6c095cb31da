/**
 * Photos and recordings: kept at once, shown at once, sent when there is a line. Owns what the screens ask and want; `sync/uploader.ts` the
 * sending, `db/blobs.ts` the keeping.
 */
import { fileClient } from "../api/files.ts";
import { type ApiClient, ApiError } from "../api/client.ts";
import type { BlobRef } from "../contracts/events.ts";
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { dropUnnamed, keepFetched, listBlobs, readBlobBytes } from "../db/blobs.ts";
import { isFull } from "../db/database.ts";
import { getSyncMeta } from "../db/meta.ts";
import type { PersonDatabase } from "../db/person-schema.ts";
import { dropHeld, dropOthers } from "../db/room.ts";
import { announce } from "../db/topics.ts";
import { join, toHex } from "../domain/bytes.ts";
import { studyScope } from "../domain/ids.ts";
import { digest } from "../platform/compression.ts";
import type { Ports } from "../platform/ports.ts";
import { lineKind } from "../platform/line-kind.ts";
import { type UploaderParts, type UploadOutcome, uploadFiles } from "../sync/uploader.ts";
import type { Session } from "./session.ts";
import { withToken } from "./with-token.ts";

export type { BlobRef } from "../contracts/events.ts";
export type { UploadOutcome } from "../sync/uploader.ts";

/** A mark that stands while photos and recordings go over Wi-Fi only. */
const WIFI_ONLY = "files:wifi-only";
/** When a run of tries brought nothing more. A line that comes back is heard at once. */
const RETRY_MS = 60_000;
const FETCH_PIECE_BYTES = 32_768;
const FETCH_TRIES_MAX = 4;

/** What the maker of a photo or recording knows of it. */
export type Made = Pick<BlobRef, "kind" | "type"> & Partial<Pick<BlobRef, "width" | "height" | "duration_ms" | "faces">>;

export type FetchOutcome = "kept" | "not_there" | "damaged" | "offline" | "full";

export interface FileWaiting {
  sha256: string;
  kind: string;
  bytes: number;
  /** Bytes that the server has of it. */
  sent: number;
  /** The server does not take it; it stays on the phone. */
  refused?: string;
}

export interface FilesWaiting {
  items: FileWaiting[];
  /** Bytes that are still to go, without what was refused. */
  bytesLeft: number;
  wifiOnly: boolean;
}

/** The name of these bytes in a payload. */
export async function nameBlob(data: Uint8Array<ArrayBuffer>, made: Made): Promise<BlobRef> {
  return { sha256: toHex(await digest(data)), bytes: data.length, ...made };
}

/** Runs `work`; when space is short, once more after media that the server holds were dropped. Throws StorageError `full` when that is not enough. */
export async function withSpace<T>(session: Session, bytes: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFull(error)) throw error;
    const { db, app } = session;
    const own = await dropHeld(db, bytes);
    const others = own < bytes ? await dropOthers(db.name, app.device, bytes - own) : 0;
    if (own + others === 0) throw error;
    return await work();
  }
}

export { isFull };

/** Which of these are on this phone. Topic: blobs. */
export async function blobsHere(session: Session): Promise<ReadonlySet<string>> {
  return new Set((await listBlobs(session.db)).filter(({ here }) => here).map(({ sha256 }) => sha256));
}

export async function readBlob(session: Session, ref: BlobRef): Promise<Blob | undefined> {
  const data = await readBlobBytes(session.db, ref.sha256);
  return data === undefined ? undefined : new Blob([data], { type: ref.type });
}

/** Fetches one from the server and keeps it. `not_there`: the server does not have it yet; `damaged`: what came is not what was named. */
export async function fetchBlob(session: Session, scope: string, ref: BlobRef): Promise<FetchOutcome> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const client = fileClient(session.app.api);
  let done = 0;
  for (let tries = 0; done < ref.bytes;) {
    try {
      const last = Math.min(ref.bytes, done + FETCH_PIECE_BYTES) - 1;
      const piece = await withToken(
        session.credential,
        async (token) => await client.read({ scope, sha256: ref.sha256 }, done, last, token),
      );
      parts.push(piece);
      done += piece.length;
      tries = 0;
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_found") return "not_there";
      tries += 1;
      if (tries >= FETCH_TRIES_MAX) return "offline";
    }
  }
  const data = join(...parts);
  if (data.length !== ref.bytes || toHex(await digest(data)) !== ref.sha256) return "damaged";
  const nowMs = session.app.ports.clock.nowMs();
  try {
    const kept = await withSpace(session, ref.bytes, async () => await keepFetched(session.db, scope, ref, data, nowMs));
    return kept ? "kept" : "not_there";
  } catch (error) {
    if (isFull(error)) return "full";
    throw error;
  }
}

/** One of the person's own, that another device of theirs made or that had to go from this one. */
export async function fetchOwn(session: Session, ref: BlobRef): Promise<FetchOutcome> {
  return await fetchBlob(session, studyScope(session.person.id), ref);
}

export async function fetchOf(session: Session, teacher: string, ref: BlobRef): Promise<FetchOutcome> {
  return await fetchBlob(session, studyScope(teacher), ref);
}

/** Topics: blobs, events, sync. */
export async function readFilesWaiting(session: Session): Promise<FilesWaiting> {
  const waiting = await blobsWaiting(session.db);
  const refused = (await listBlobs(session.db)).filter((blob) => blob.refused !== undefined);
  const items = [...waiting, ...refused].map(({ sha256, kind, bytes, sent = 0, refused: code }) => ({
    sha256,
    kind,
    bytes,
    // What another history of the root had counts for nothing.
    sent: sent < bytes ? sent : 0,
    ...(code === undefined ? {} : { refused: code }),
  }));
  const bytesLeft = items.reduce((sum, item) => sum + (item.refused === undefined ? item.bytes - item.sent : 0), 0);
  return { items, bytesLeft, wifiOnly: await isWifiOnly(session.db) };
}

/** The person's own, none of which is in a file of records. */
export interface FilesLeft {
  /** Still to be sent. */
  onlyHere: number;
  /** The server does not take them. */
  refused: number;
  atServer: number;
}

export async function countFilesLeft(session: Session): Promise<FilesLeft> {
  const { epoch } = await session.db.read(["meta"], getSyncMeta);
  const scope = studyScope(session.person.id);
  const blobs = await listBlobs(session.db);
  return {
    onlyHere: (await blobsWaiting(session.db)).length,
    refused: blobs.filter((blob) => blob.refused !== undefined).length,
    atServer: blobs.filter((blob) => (blob.named || blob.scope === scope) && blob.arrived !== undefined && blob.arrived === epoch).length,
  };
}

export async function chooseWifiOnly(session: Session, wifiOnly: boolean): Promise<void> {
  await session.db.write(["marks"], async (tx) => {
    if (wifiOnly) await tx.objectStore("marks").put({ mark: WIFI_ONLY, atMs: session.app.ports.clock.nowMs() });
    else await tx.objectStore("marks").delete(WIFI_ONLY);
  });
  announce(["blobs"]);
  if (!wifiOnly) void sendFiles(session);
}

/** Sends what waits, after the events. `anyLine`: the person said so, whatever the choice of lines is. */
export async function sendFiles(session: Session, anyLine = false): Promise<UploadOutcome> {
  const { ports, api } = session.app;
  const { db, credential } = session;
  const outcome = await uploadOf({ person: session.person.id, db, api, credential, ports }, anyLine);
  if (outcome === "unreachable") ports.timers.after(RETRY_MS, () => void sendFiles(session, anyLine).catch(() => undefined));
  return outcome;
}

/** Whose files go, and under which credential. */
interface Sender extends Pick<UploaderParts, "person" | "db" | "credential"> {
  api: ApiClient;
  ports: Pick<Ports, "clock" | "random" | "timers" | "locks">;
}

/** One run, for whoever it is. */
export async function uploadOf({ ports, api, ...parts }: Sender, anyLine = false): Promise<UploadOutcome> {
  const { db } = parts;
  await dropUnnamed(db, ports.clock.nowMs());
  const mayUseLine = async (): Promise<boolean> => anyLine || lineKind() === "wifi" || !(await isWifiOnly(db));
  const outcome = await uploadFiles({ ...ports, ...parts, files: fileClient(api), mayUseLine });
  announce(["blobs"]);
  return outcome;
}

async function isWifiOnly(db: PersonDatabase): Promise<boolean> {
  return (await db.read(["marks"], async (tx) => await tx.objectStore("marks").get(WIFI_ONLY))) !== undefined;
}
