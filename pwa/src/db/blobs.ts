/**
 * Photos and recordings on this phone. Owns what is put when, and what nothing names any more; `room.ts` what goes when space is short.
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

/** The server has all of it. Whether a backup has it too, the words' numbers tell: see `safeFrom`. */
export async function noteArrived(db: PersonDatabase, sha256: string, epoch: string, bytes: number): Promise<void> {
  await db.write(["meta", "streams", "blobs"], async (tx) => {
    const known = await tx.objectStore("blobs").get(sha256);
    if (known === undefined) return;
    const { current } = await getPersonMeta(tx);
    const { next = 0 } = (await tx.objectStore("streams").get(current)) ?? {};
    // The words came first: a backup of all that is written may be older than the file. One of what is written next is not.
    const safeFrom = { stream: current, next: next + 1 };
    await tx.objectStore("blobs").put({ ...known, arrived: epoch, sent: bytes, safeFrom });
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

/** Files that a draft names. */
export async function namedByDrafts(tx: BlobTx): Promise<Set<string>> {
  return new Set((await tx.objectStore("drafts").getAll()).flatMap(({ blobs }) => (blobs ?? []).map(({ sha256 }) => sha256)));
}
