/** Rows that the server wrote, by kind. Owns the typed reading; bodies are kept as they came, unknown fields too. */
import type { RowBodies, RowKind } from "../contracts/vocabularies.ts";
import type { PersonDatabase } from "./person-schema.ts";

export interface Row<K extends RowKind> {
  scope: string;
  key: string;
  position: number;
  body: RowBodies[K];
}

export async function readRows<K extends RowKind>(db: PersonDatabase, kind: K): Promise<Row<K>[]> {
  const records = await db.read(["rows"], async (tx) => await tx.objectStore("rows").index("by_kind").getAll(kind));
  return records.map(({ scope, key, position, body }) => ({
    scope,
    key,
    position,
    body: body as unknown as RowBodies[K],
  }));
}

/** The scopes that are followed now, with this person's role in each. */
export async function readFollowed(db: PersonDatabase): Promise<{ scope: string; role: string }[]> {
  return await db.read(["meta"], async (tx) => {
    const sync = await tx.objectStore("meta").get("sync");
    return sync?.key === "sync" ? sync.follow.map(({ scope, role }) => ({ scope, role })) : [];
  });
}
