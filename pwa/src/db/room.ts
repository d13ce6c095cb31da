/**
 * Room for words: which photos and recordings go when space is short. Owns the order. Invariant: bytes of this person that the server does
 * not hold under the epoch known here stay, and so do those that a draft names; what is not the asking person's own goes only once a backup has it.
 */
import { studyScope } from "../domain/ids.ts";
import { namedByDrafts } from "./blobs.ts";
import type { BlobRecord } from "./blob-records.ts";
import { Database } from "./database.ts";
import type { DeviceDatabase } from "./device-schema.ts";
import { getPersonMeta, getSyncMeta } from "./meta.ts";
import { listPeople } from "./people.ts";
import { openPersonDatabase, PERSON_MIGRATIONS, type PersonDatabase, type PersonSchema, type StreamRecord } from "./person-schema.ts";
import { announce } from "./topics.ts";

/** Dropped for words, which are small: so much that not every word asks again. */
const ROOM_BYTES = 1_000_000;

/** In this order. SAFE: a copy of what another phone made and the server has, or in a verified backup; LAST: somebody else's, of another history of the root. */
const [SAFE, ARRIVED, LAST] = [0, 1, 2];

const making = new WeakMap<PersonDatabase, Promise<boolean>>();

/** For `Database.makeRoom`: whether anything was dropped. Writes that fail at the same time are one reason. */
export async function makeRoom(db: PersonDatabase, device: DeviceDatabase): Promise<boolean> {
  const now = making.get(db) ?? dropFor(db, device).finally(() => making.delete(db));
  making.set(db, now);
  return await now;
}

/** Over a connection of its own: what fails here for want of space asks nobody for room. */
async function dropFor(db: PersonDatabase, device: DeviceDatabase): Promise<boolean> {
  const own = new Database<PersonSchema>(db.name, PERSON_MIGRATIONS);
  try {
    return (await dropHeld(own, ROOM_BYTES)) > 0 || (await dropOthers(db.name, device, ROOM_BYTES)) > 0;
  } finally {
    own.close();
  }
}

/** The phone is one for all its people: where the asking person (`name`: of their database) has nothing that can go, the others' media; how many bytes. */
export async function dropOthers(name: string, device: DeviceDatabase, bytesWanted: number): Promise<number> {
  let bytes = 0;
  // Who was here last keeps theirs longest.
  for (const { person } of (await listPeople(device)).reverse()) {
    const other = openPersonDatabase(person);
    // One that does not open gives nothing.
    if (other.name !== name && bytes < bytesWanted) bytes += await dropHeld(other, bytesWanted - bytes, SAFE).catch(() => 0);
    other.close();
  }
  return bytes;
}

/** Makes room by dropping bytes that the server holds, up to the standing `last`; how many bytes. Of equal standing the oldest go first. */
export async function dropHeld(db: PersonDatabase, bytesWanted: number, last = LAST): Promise<number> {
  const dropped = await db.write(["meta", "streams", "drafts", "blobs", "blob_bytes"], async (tx) => {
    const { epoch } = await getSyncMeta(tx);
    const { person } = await getPersonMeta(tx);
    const safe = new Map((await tx.objectStore("streams").getAll()).map((stream) => [stream.stream, stream]));
    const drafted = await namedByDrafts(tx);
    const held = (await tx.objectStore("blobs").getAll())
      .filter((blob) => blob.here && !drafted.has(blob.sha256))
      .map((blob) => ({ blob, turn: turnOf(blob, epoch, studyScope(person), safe) }))
      .filter((one): one is { blob: BlobRecord; turn: number } => one.turn !== undefined && one.turn <= last)
      .sort((left, right) => left.turn - right.turn || left.blob.madeMs - right.blob.madeMs);
    let bytes = 0;
    for (const { blob } of held) {
      if (bytes >= bytesWanted) break;
      await tx.objectStore("blob_bytes").delete(blob.sha256);
      // Of a copy nothing is left to remember; what was made here is sent again in another epoch, should it be here again by then.
      if (blob.named) await tx.objectStore("blobs").put({ ...blob, here: false });
      else await tx.objectStore("blobs").delete(blob.sha256);
      bytes += blob.bytes;
    }
    return bytes;
  });
  if (dropped > 0) announce(["blobs"]);
  return dropped;
}

/** When it goes; undefined: never. */
function turnOf(blob: BlobRecord, epoch: string | undefined, own: string, streams: ReadonlyMap<string, StreamRecord>): number | undefined {
  const isCopy = !blob.named && blob.arrived !== undefined;
  if (epoch === undefined || blob.arrived !== epoch) return isCopy && blob.scope !== own ? LAST : undefined;
  if (isCopy) return SAFE;
  const { stream = "", next = 0 } = blob.safeFrom ?? {};
  return (streams.get(stream)?.safe ?? -1) >= next ? SAFE : ARRIVED;
}
