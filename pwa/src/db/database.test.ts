/** Connections that the browser, or a newer version of the app, takes away. */
import type { DBSchema } from "idb";
import { afterEach, expect, test, vi } from "vitest";
import { Database, type Migration, StorageError } from "./database.ts";

interface Schema extends DBSchema {
  words: { key: string; value: { key: string; text: string } };
}

const FIRST: Migration<Schema> = { name: "words", run: (db) => void db.createObjectStore("words", { keyPath: "key" }) };
const SECOND: Migration<Schema> = { name: "nothing that anybody needs", run: () => undefined };
let made = 0;

afterEach(() => vi.restoreAllMocks());

function nextName(): string {
  made += 1;
  return `database-${made}`;
}

async function put(db: Database<Schema>, text: string): Promise<void> {
  await db.write(["words"], async (tx) => void (await tx.objectStore("words").put({ key: "one", text })));
}

async function get(db: Database<Schema>): Promise<string | undefined> {
  return await db.read(["words"], async (tx) => (await tx.objectStore("words").get("one"))?.text);
}

test("an open database makes way for a newer tab's upgrade and goes on saving after it", async () => {
  const name = nextName();
  const older = new Database<Schema>(name, [FIRST]);
  await put(older, "before");
  const newer = new Database<Schema>(name, [FIRST, SECOND]);
  expect(await get(newer)).toBe("before");
  await put(older, "written in the older tab afterwards");
  expect(await get(newer)).toBe("written in the older tab afterwards");
});

test("a page that does not let go is named as the reason, and the next try works once it has gone", async () => {
  const name = nextName();
  const deaf = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open(name, 1);
    asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore("words", { keyPath: "key" }));
    asked.addEventListener("success", () => resolve(asked.result));
  });
  const db = new Database<Schema>(name, [FIRST, SECOND]);
  const refused = await get(db).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StorageError);
  expect((refused as StorageError).code).toBe("blocked");
  deaf.close();
  await put(db, "after it");
  expect(await get(db)).toBe("after it");
});

test("a storage process that has just gone is asked once more; one that stays away is an error that the next use tries again", async () => {
  const name = nextName();
  const open = indexedDB.open.bind(indexedDB);
  const gone = (): never => {
    throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
  };
  const spy = vi.spyOn(indexedDB, "open").mockImplementationOnce(gone).mockImplementation(open);
  const db = new Database<Schema>(name, [FIRST]);
  await put(db, "at the second try");
  expect(spy).toHaveBeenCalledTimes(2);
  const other = new Database<Schema>(name, [FIRST]);
  spy.mockImplementation(gone);
  await expect(get(other)).rejects.toMatchObject({ code: "unavailable" });
  spy.mockImplementation(open);
  expect(await get(other)).toBe("at the second try");
});
