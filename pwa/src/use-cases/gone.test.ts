/** What a cleared store lacks is told only as long as it is missing. */
import { expect, test } from "vitest";
import { saveDraft } from "./drafts.ts";
import { forgetGone, noteTold, readGone } from "./gone.ts";
import { saveEntry } from "./journal.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import type { Session } from "./session.ts";

/** Three events, of which the server had one, and as many drafts; then the browser cleared the store, and the same person signed in. */
async function clearedPhone(drafts: number): Promise<{ app: TestApp; session: Session; stream: string }> {
  const before = makeApp();
  const first = await openPerson(before);
  for (const text of ["一", "二", "三"]) await saveEntry(first, { parents: [], text });
  for (let each = 0; each < drafts; each += 1) await saveDraft(first, { draft: `d${each}`, parents: [], text: "没写完" });
  const [one] = await first.db.write(["streams"], async (tx) => {
    const all = await tx.objectStore("streams").getAll();
    for (const stream of all) await tx.objectStore("streams").put({ ...stream, acked: 1 });
    return all;
  });
  await saveEntry(first, { parents: [], text: "四" });
  await expect.poll(() => before.ports.fake.marker).toContain('"waiting":3,"held":4');
  await expect.poll(() => before.ports.fake.marker).toContain(`"drafts":${drafts}`);
  first.close();
  const app = makeApp();
  app.ports.fake.marker = before.ports.fake.marker ?? "";
  indexedDB.deleteDatabase(first.db.name);
  const session = await openPerson(app, { person: first.person.id });
  await expect.poll(() => app.inside.gone.value).toBe(true);
  return { app, session, stream: one?.stream ?? "" };
}

let position = 0;

async function pull({ db, person }: Session, entry: { stream: string; first: number; n: number; own?: boolean }): Promise<void> {
  const more = {
    scope: `u:${person.id}`,
    position: (position += 1),
    by: person.id,
    role: "owner",
    after: false,
    at: 1,
    off: 0,
    own: false,
  };
  await db.write(["entries"], async (tx) => void (await tx.objectStore("entries").put({ ...more, ...entry })));
}

test("it is less with all that comes back, and forgotten once nothing is missing", async () => {
  const { app, session, stream } = await clearedPhone(0);
  expect(await readGone(app)).toMatchObject([{ back: 1, lost: 3, drafts: 0, told: false }]);
  await pull(session, { stream, first: 0, n: 1 });
  expect(await readGone(app)).toMatchObject([{ back: 0, lost: 3 }]);
  // What is written anew, be it as many, is something else.
  await pull(session, { stream: "new", first: 0, n: 9, own: true });
  expect(await readGone(app)).toMatchObject([{ back: 0, lost: 3 }]);
  // The safety copy was handed in, and comes down.
  await pull(session, { stream, first: 1, n: 3 });
  expect(await readGone(app)).toEqual([]);
  expect(app.inside.gone.value).toBe(false);
  expect(app.ports.fake.marker).not.toContain("gone");
  session.close();
});

test("drafts that were in it are told until it was read, for nothing brings them back", async () => {
  const { app, session, stream } = await clearedPhone(2);
  await pull(session, { stream, first: 0, n: 4 });
  expect(await readGone(app)).toMatchObject([{ back: 0, lost: 0, drafts: 2, told: false }]);
  noteTold(app);
  expect(await readGone(app)).toMatchObject([{ drafts: 2, told: true }]);
  await forgetGone(app);
  expect(await readGone(app)).toEqual([]);
  session.close();
});
