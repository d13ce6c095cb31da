/** Rules S1 to S3 of sync/SPEC.md. */
import { beforeEach, expect, test, vi } from "vitest";
import { eventHash } from "../domain/event-hash.ts";
import { digest } from "../platform/compression.ts";
import { seeded, steppingClock } from "../sync/testing/ports.ts";
import { append, type NewEvent } from "./append.ts";
import { Database } from "./database.ts";
import { prepareDatabase } from "./meta.ts";
import { PERSON_MIGRATIONS, type PersonDatabase, type PersonSchema } from "./person-schema.ts";

const clock = steppingClock(1_000_000);
let db: PersonDatabase;
let made = 0;

beforeEach(async () => {
  made += 1;
  db = new Database<PersonSchema>(`append-${made}`, PERSON_MIGRATIONS);
  await prepareDatabase(db, "p", "d", seeded("append"));
});

function event(text: string): NewEvent {
  return {
    scope: "u:p",
    kind: "message_sent/1",
    payload: { message: "m".repeat(16), text },
  };
}

test("work whose transaction was lost under it is told, never done twice", async () => {
  let done = 0;
  const lost = db.write(["marks"], async () => {
    done += 1;
    throw new DOMException("the connection was lost", "InvalidStateError");
  });
  await expect(lost).rejects.toThrow("lost");
  expect(done).toBe(1);
});

test("a connection that is lost before anything began is opened again", async () => {
  const begin = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(() => {
    throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
  });
  await append(db, clock, [event("kept")]);
  begin.mockRestore();
  expect(await db.read(["events"], async (tx) => await tx.objectStore("events").count())).toBe(1);
});

test("three tabs that save at once lose nothing and give every seq once", async () => {
  const tabs = [db, new Database<PersonSchema>(db.name, PERSON_MIGRATIONS), new Database<PersonSchema>(db.name, PERSON_MIGRATIONS)];
  await Promise.all(
    Array.from(
      { length: 60 },
      async (_, index) => await append(tabs[index % 3] as PersonDatabase, clock, [event(`t${index}`), event(`u${index}`)]),
    ),
  );
  const events = await db.read(["events"], async (tx) => await tx.objectStore("events").getAll());
  expect(events.map((each) => each.seq)).toEqual(Array.from({ length: 120 }, (_, seq) => seq));
  expect(new Set(events.map((each) => each.payload["text"])).size).toBe(120);
});

test("what an event replaces goes with it or stays with it", async () => {
  await db.write(["drafts"], async (tx) => {
    await tx.objectStore("drafts").put({ draft: "new", parents: [], text: "字", changedMs: 0 });
  });
  const failing = append(db, clock, [event("a")], {
    also: async (tx) => {
      await tx.objectStore("drafts").delete("new");
      throw new Error("killed");
    },
  });
  await expect(failing).rejects.toThrow("killed");
  const left = await db.read(["drafts", "events", "streams"], async (tx) => ({
    drafts: await tx.objectStore("drafts").count(),
    events: await tx.objectStore("events").count(),
    next: (await tx.objectStore("streams").getAll())[0]?.next,
  }));
  expect(left).toEqual({ drafts: 1, events: 0, next: 0 });
});

test("stored text is well-formed, and the hash is that of what was stored", async () => {
  const [stored] = await append(db, clock, [event("好\ud83d\u0000\r\n行\u{1f525}")]);
  expect(stored?.payload["text"]).toBe("好\ufffd\n行\u{1f525}");
  expect(stored?.hash).toBe(
    await eventHash(digest, {
      kind: "message_sent/1",
      ts: stored?.ts ?? 0,
      payload: stored?.payload ?? {},
    }),
  );
});

test("a connection that the browser cut is opened again", async () => {
  const raw = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(db.name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error("open failed"));
  });
  raw.close();
  await append(db, clock, [event("a")]);
  db.close();
  await expect(append(db, clock, [event("b")])).rejects.toThrow("closed");
});

test("a tab of an older app goes on saving into a database that a newer one has migrated", async () => {
  const newer = new Database<PersonSchema>(db.name, [...PERSON_MIGRATIONS, { name: "of next year", run: () => undefined }]);
  await newer.read(["meta"], async (tx) => await tx.objectStore("meta").count());
  await append(db, clock, [event("still here")]);
  expect(await newer.read(["events"], async (tx) => await tx.objectStore("events").count())).toBe(1);
});

test("an event is told in whole seconds, and events of one second keep their order", async () => {
  const [first] = await append(db, { ...clock, nowMs: () => 1_760_000_000_987.6 }, [event("a")]);
  const [second] = await append(db, { ...clock, nowMs: () => 1_760_000_000_001 }, [event("b")]);
  expect([first?.ts, second?.ts]).toEqual([1_760_000_000_000, 1_760_000_000_000]);
  expect([first?.seq, second?.seq]).toEqual([0, 1]);
});
