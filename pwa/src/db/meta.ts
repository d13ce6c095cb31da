/** The three records of a person's `meta` store. Owns their first values. */
import { newStreamId } from "../domain/ids.ts";
import type { Random } from "../platform/ports.ts";
import type { PersonDatabase, PersonMeta, PersonStore, PersonTx, StatusMeta, StreamRecord, SyncMeta } from "./person-schema.ts";

type WithMeta<M extends IDBTransactionMode> = PersonTx<"meta" | PersonStore, M>;

export async function getPersonMeta(tx: WithMeta<IDBTransactionMode>): Promise<PersonMeta> {
  const meta = await tx.objectStore("meta").get("person");
  if (meta?.key !== "person") throw new Error("the person's database was not prepared");
  return meta;
}

export async function getSyncMeta(tx: WithMeta<IDBTransactionMode>): Promise<SyncMeta> {
  const meta = await tx.objectStore("meta").get("sync");
  return meta?.key === "sync" ? meta : { key: "sync", followVersion: 0, follow: [], cursors: {} };
}

export async function getStatus(tx: WithMeta<IDBTransactionMode>): Promise<StatusMeta> {
  const meta = await tx.objectStore("meta").get("status");
  return meta?.key === "status" ? meta : { key: "status", reachable: true };
}

export async function putMeta(tx: WithMeta<"readwrite">, value: PersonMeta | SyncMeta | StatusMeta): Promise<void> {
  await tx.objectStore("meta").put(value);
}

/** Makes the first stream when the database is new; true when it was. */
export async function prepareDatabase(db: PersonDatabase, person: string, device: string, random: Random): Promise<boolean> {
  return await db.write(["meta", "streams"], async (tx) => {
    if ((await tx.objectStore("meta").get("person")) !== undefined) return false;
    const stream = newStream(random, device, 0);
    await tx.objectStore("streams").put(stream);
    await putMeta(tx, {
      key: "person",
      person,
      device,
      current: stream.stream,
      generation: 0,
    });
    return true;
  });
}

export function newStream(random: Random, device: string, order: number): StreamRecord {
  return {
    stream: newStreamId(random),
    order,
    device,
    next: 0,
    sealed: 0,
    chain: "",
    acked: 0,
  };
}
