/**
 * Photos and recordings on this phone. Owns what is put and dropped when. Invariant: bytes that the server does not hold under the epoch
 * known here are dropped only when nothing names them.
 */
import type { BlobRef } from "../contracts/events.ts";
import { studyScope } from "../domain/ids.ts";
import { getPersonMeta, getSyncMeta } from "./meta.ts";
import type { BlobRecord } from "./blob-records.ts";
import type { PersonDatabase, PersonStore, PersonTx } from "./person-schema.ts";
import { announce } from "./topics.ts";

/** Bytes that nothing names any more are kept for so long: a removal can be undone. */
const UNNAMED_KEPT_MS = 24 * 3_600_000;

/** A transaction over some stores, those that are used among them. */
type BlobTx = PersonTx<PersonStore>;

/** Inside the transaction of the draft that names it. */
export async function putBlob(tx: BlobTx, scope: string, ref: BlobRef, data: Uint8Array<ArrayBuffer>, nowMs: number): Promise<void> {
  const { sha256, kind, type, bytes } = ref;
  const known = await tx.objectStore("blobs").get(sha256);
  await tx.objectStore("blobs").put({ madeMs: nowMs, named: false, ...known, sha256, scope, kind, type, bytes, here: true });
  await tx.objectStore("blob_bytes").put({ sha256, data });
}

/** Inside the transaction of the event that names them: from now on they are to be sent. */
export async function nameBlobs(tx: BlobTx, refs: readonly BlobRef[]): Promise<void> {
  for (const { sha256 } of refs) {
    const known = await tx.objectStore("blobs").get(sha256);
    if (known !== undefined && known.refused === undefined) await tx.objectStore("blobs").put({ ...known, named: true });
  }
}

export async function readBlobBytes(db: PersonDatabase, sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return (await db.read(["blob_bytes"], async (tx) => await tx.objectStore("blob_bytes").get(sha256)))?.data;
}

export async function listBlobs(db: PersonDatabase): Promise<BlobRecord[]> {
  return await db.read(["blobs"], async (tx) => await tx.objectStore("blobs").getAll());
}

/** Changes what is known of one; nothing when it is gone. */
export async function changeBlob(db: PersonDatabase, sha256: string, change: Partial<Omit<BlobRecord, "sha256">>): Promise<void> {
  await db.write(["blobs"], async (tx) => {
    const known = await tx.objectStore("blobs").get(sha256);
    if (known !== undefined) await tx.objectStore("blobs").put({ ...known, ...change });
  });
  announce(["blobs"]);
}

/**
 * Kept once fetched; the server has it, so it is the first to go when space is short. False, and nothing kept, where the scope was dropped
 * while it came: who may not read it any more keeps no copy (S21).
 */
export async function keepFetched(
  db: PersonDatabase,
  scope: string,
  ref: BlobRef,
  data: Uint8Array<ArrayBuffer>,
  nowMs: number,
): Promise<boolean> {
  const kept = await db.write(["meta", "blobs", "blob_bytes"], async (tx) => {
    const { epoch = "", follow } = await getSyncMeta(tx);
    const { person } = await getPersonMeta(tx);
    if (scope !== studyScope(person) && follow.every((item) => item.scope !== scope)) return false;
    await putBlob(tx, scope, ref, data, nowMs);
    const record = await tx.objectStore("blobs").get(ref.sha256);
    if (record !== undefined) await tx.objectStore("blobs").put({ ...record, arrived: epoch });
    return true;
  });
  announce(["blobs"]);
  return kept;
}

/** Makes room by dropping bytes that the server holds, the oldest first; how many bytes. */
export async function dropHeld(db: PersonDatabase, bytesWanted: number): Promise<number> {
  const dropped = await db.write(["meta", "drafts", "blobs", "blob_bytes"], async (tx) => {
    const { epoch } = await getSyncMeta(tx);
    const drafted = await namedByDrafts(tx);
    const held = (await tx.objectStore("blobs").getAll())
      .filter((blob) => blob.here && epoch !== undefined && blob.arrived === epoch && !drafted.has(blob.sha256))
      .sort((left, right) => left.madeMs - right.madeMs);
    let bytes = 0;
    for (const blob of held) {
      if (bytes >= bytesWanted) break;
      await tx.objectStore("blob_bytes").delete(blob.sha256);
      await tx.objectStore("blobs").put({ ...blob, here: false });
      bytes += blob.bytes;
    }
    return bytes;
  });
  if (dropped > 0) announce(["blobs"]);
  return dropped;
}

/** Forgets what was taken out of a draft, or whose draft was discarded, a day ago or more. */
export async function dropUnnamed(db: PersonDatabase, nowMs: number): Promise<void> {
  await db.write(["drafts", "blobs", "blob_bytes"], async (tx) => {
    const drafted = await namedByDrafts(tx);
    for (const blob of await tx.objectStore("blobs").getAll()) {
      if (
        blob.named ||
        blob.refused !== undefined ||
        blob.arrived !== undefined ||
        drafted.has(blob.sha256) ||
        nowMs - blob.madeMs < UNNAMED_KEPT_MS
      )
        continue;
      await tx.objectStore("blob_bytes").delete(blob.sha256);
      await tx.objectStore("blobs").delete(blob.sha256);
    }
  });
}

async function namedByDrafts(tx: BlobTx): Promise<Set<string>> {
  return new Set((await tx.objectStore("drafts").getAll()).flatMap(({ blobs }) => (blobs ?? []).map(({ sha256 }) => sha256)));
}
