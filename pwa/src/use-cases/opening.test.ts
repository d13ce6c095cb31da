/** Opening who is on this phone: the PIN, several people, and a store that is not what it was. */
import { describe, expect, test } from "vitest";
import { changePerson, listPeople } from "../db/people.ts";
import { lastWords } from "../platform/last-words.ts";
import { addPerson, makeApp, openPerson, secondWindow } from "../testing/app.ts";
import { saveDraft } from "./drafts.ts";
import { saveEntry } from "./journal.ts";
import { forgetGone, lacking, readGone } from "./gone.ts";
import { isSomethingGone } from "./markers.ts";
import { listDrafts } from "./list-drafts.ts";
import { openLastPerson, openSession } from "./open-session.ts";
import { codeFromLink, listPeopleOnDevice, unlock } from "./sign-in.ts";
import { switchPerson } from "./switch-person.ts";
import { app } from "../testing/signing-in.ts";

test("the code of a link is gone once somebody is in, for whoever gets the phone next", async () => {
  const { person: id } = await addPerson(app);
  app.inside.codeFromLink = "ABCDE-FGHJK";
  expect(codeFromLink(app)).toBe("ABCDE-FGHJK");
  await unlock(app, id, "0000");
  expect(codeFromLink(app)).toBe("ABCDE-FGHJK");
  await unlock(app, id, "1234");
  await switchPerson(app);
  expect(codeFromLink(app)).toBeNull();
});

describe("the PIN", () => {
  test("costs time when it is wrong, growing, and never data", async () => {
    const { person: id } = await addPerson(app);
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 6; round += 1) {
      const result = await unlock(app, id, "0000");
      waits.push(result.ok ? undefined : (result.waitSeconds ?? 0));
      expect(await unlock(app, id, "1234")).toMatchObject(round < 2 ? { ok: true } : { ok: false, code: "wait" });
      if (round < 2) await noteTries(id, round + 1);
      app.ports.fake.nowMs += 1000 * (result.ok ? 0 : (result.waitSeconds ?? 0));
    }
    expect(waits).toEqual([0, 0, 5, 10, 20, 40]);
    expect(await unlock(app, id, "1234")).toMatchObject({ ok: true });
  });

  test("is not asked at the start with one person, unless that is wanted", async () => {
    await addPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).not.toBeNull();
    app.inside.session.value = null;
    app.inside.page.rememberUnlocked(null);
    app.inside.settings.value = {
      ...app.inside.settings.value,
      alwaysAskPin: true,
    };
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
  });

  test("is asked after the phone was handed on, even with one person, until that person is back", async () => {
    const { person: id } = await addPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    await switchPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
    expect(await unlock(app, id, "1234")).toMatchObject({ ok: true });
    app.inside.session.value = null;
    app.inside.page.rememberUnlocked(null);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.peek()?.person.id).toBe(id);
  });

  test("is asked in a tab that was let in when another window handed the phone on", async () => {
    const { person: id } = await addPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    await changePerson(app.device, id, (now) => ({ ...now, putAway: true }));
    app.inside.session.value = null;
    expect(app.inside.page.unlocked()).toBe(id);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
  });

  test("is asked in a window that stands open when another hands the phone on; its last words are stored", async () => {
    const { person: id } = await addPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    const session = app.session.peek();
    if (session === null) throw new Error("nobody is open");
    const lastWord = async () => void (await saveDraft(session, { draft: "new", parents: [], text: "写到一半" }));
    lastWords.add(lastWord);
    // Another window of the same phone: the same stores, a screen and a tab of its own.
    const other = secondWindow(app);
    await unlock(other, id, "1234");
    expect(app.session.peek()).toBe(session);
    await switchPerson(other);
    await expect.poll(() => app.session.peek()).toBeNull();
    expect(app.inside.page.unlocked()).toBeNull();
    lastWords.delete(lastWord);
    await unlock(app, id, "1234");
    const again = app.session.peek();
    expect(again && (await listDrafts(again)).map(({ text }) => text)).toEqual(["写到一半"]);
    expect(other.session.peek()).toBeNull();
  });

  test("is asked with two people, but not after a reload of a tab that was let in", async () => {
    const { person: id } = await addPerson(app);
    await addPerson(app, { name: "王老师" });
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
    await unlock(app, id, "1234");
    app.inside.session.value = null;
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.peek()?.person.id).toBe(id);
  });

  /** A right try forgets the wrong ones; this test wants them in a row. */
  async function noteTries(id: string, tries: number): Promise<void> {
    await app.device.write(["people"], async (tx) => {
      const record = await tx.objectStore("people").get(id);
      if (record !== undefined) await tx.objectStore("people").put({ ...record, pin: { ...record.pin, tries } });
    });
  }
});

test("others of the phone are seen with a count, never with content", async () => {
  const session = await openPerson(app);
  await saveEntry(session, { parents: [], text: "只有我能看" });
  await switchPerson(app);
  const people = await listPeopleOnDevice(app);
  expect(people).toMatchObject([{ name: "林老师", waiting: 1, last: true }]);
  expect(JSON.stringify(people)).not.toContain("只有我能看");
});

test("a store that the browser cleared is told with its number until it was read", async () => {
  const session = await openPerson(app);
  await saveEntry(session, { parents: [], text: "一" });
  await saveEntry(session, { parents: [], text: "二" });
  await expect.poll(() => app.ports.fake.marker).toContain('"waiting":2');
  expect(isSomethingGone(app.ports.markers, await listPeople(app.device))).toBe(false);
  expect(await readGone(app)).toEqual([]);
  const cleared = { ...app, device: makeApp().device };
  expect(isSomethingGone(app.ports.markers, [])).toBe(true);
  expect(await readGone(cleared)).toEqual([{ name: "林老师", back: 0, lost: 2, drafts: 0, cleared: true, told: false }]);
  await forgetGone(app);
  expect(await readGone(cleared)).toEqual([{ name: "林老师", back: 0, lost: 2, drafts: 0, cleared: true, told: false }]);
  await forgetGone(cleared);
  expect(isSomethingGone(app.ports.markers, [])).toBe(false);
  app.ports.fake.marker = "not json";
  expect(await readGone(cleared)).toEqual([]);
});

test("a store that came back in an older state is told with what the server has and what never arrived", async () => {
  const record = await addPerson(app);
  const marker = { name: record.name, waiting: 2, held: 6 };
  app.ports.fake.marker = JSON.stringify({ [record.person]: marker, else: { name: "王老师", waiting: 1, held: 4 } });
  await openSession(app, record);
  await expect.poll(() => app.inside.gone.value).toBe(true);
  await expect
    .poll(async () => await readGone(app))
    .toEqual([
      { name: "林老师", back: 4, lost: 2, drafts: 0, cleared: true, told: false },
      { name: "王老师", back: 3, lost: 1, drafts: 0, cleared: true, told: false },
    ]);
  await forgetGone(app);
  expect(app.inside.gone.value).toBe(false);
  expect(isSomethingGone(app.ports.markers, await listPeople(app.device))).toBe(false);
});

test.each([
  [
    { held: 5, waiting: 0, found: 0 },
    { back: 5, lost: 0, cleared: true },
  ],
  [
    { held: 5, waiting: 4, found: 3 },
    { back: 0, lost: 2, cleared: false },
  ],
  [
    { held: 5, waiting: 1, found: 3 },
    { back: 1, lost: 1, cleared: false },
  ],
  [
    { held: 5, waiting: 3, found: 2 },
    { back: 0, lost: 3, cleared: false },
  ],
])("%j: gone is %j", (seen, gone) => {
  expect(lacking(seen)).toEqual({ drafts: 0, ...gone });
});
