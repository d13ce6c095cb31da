// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { listPeople } from "../../db/people.ts";
import { at, close, draftTexts, open, text, type, useEditor, writing } from "../../testing/editor.tsx";
import { navigate, path } from "../../ui/location.ts";
import { t } from "../../i18n/messages.ts";
import { listDrafts } from "../../use-cases/list-drafts.ts";
import { noteMaking } from "../../use-cases/making.ts";
import { listEntries } from "../../use-cases/journal.ts";
import { openSession } from "../../use-cases/open-session.ts";
import { switchPerson } from "../../use-cases/switch-person.ts";
import { until } from "../../testing/until.ts";

useEditor();

test("what was typed is there after the editor was closed and opened again", async () => {
  open();
  await type("今天第三节");
  await until(async () => expect(await draftTexts()).toEqual(["今天第三节"]));
  close();
  open();
  expect((await text()).value).toBe("今天第三节");
});

test("words that a reload overtook on their way to the store are there too", async () => {
  open();
  await text();
  const broken = vi.spyOn(writing.session.db, "write").mockRejectedValue(new Error("the page is going away"));
  await type("写到一半");
  close();
  broken.mockRestore();
  open();
  expect((await text()).value).toBe("写到一半");
  await until(async () => expect(await draftTexts()).toEqual(["写到一半"]));
});

test("the address goes on naming the lesson when it names the draft", async () => {
  navigate("/journal/new?pack=p&lesson=01", "replace");
  open();
  await type("课后");
  expect(new URLSearchParams(location.search).toString()).toBe("pack=p&lesson=01&draft=new%3Ap%2F01");
});

test("what is typed while an entry is being stored is stored too", async () => {
  open();
  await type("写好了");
  at("journal-save")?.click();
  await type("写好了，又想起一句");
  await until(() => expect(path.value).toMatch(/saved$/));
  await until(async () =>
    expect((await listEntries(writing.session, "zh-Hans")).map((entry) => entry.excerpt)).toEqual(["写好了，又想起一句"]),
  );
  expect(await draftTexts()).toEqual([]);
});

test("the last words are stored before the person is closed", async () => {
  open();
  await type("写到一半");
  const { app, person } = writing.session;
  await switchPerson(app);
  expect(sessionStorage.length).toBe(0);
  const record = (await listPeople(app.device)).find((each) => each.person === person.id);
  if (record === undefined) throw new Error("the person is gone");
  writing.session = await openSession(app, record);
  expect(await draftTexts()).toEqual(["写到一半"]);
});

test("saving makes one entry, ends the draft and shows the entry", async () => {
  open();
  await type("写好了");
  at("journal-save")?.click();
  await until(() => expect(path.value).toMatch(/^\/journal\/[A-Za-z0-9_-]{16}\?saved$/));
  expect((await listEntries(writing.session, "zh-Hans")).map((entry) => entry.excerpt)).toEqual(["写好了"]);
  expect(await draftTexts()).toEqual([]);
});

test("whoever goes elsewhere while an entry is being saved is not called back", async () => {
  open();
  await type("写好了");
  at("journal-save")?.click();
  navigate("/learn");
  await until(async () => expect(await listEntries(writing.session, "zh-Hans")).toHaveLength(1));
  await until(async () => expect(await draftTexts()).toEqual([]));
  expect(path.value).toBe("/learn");
});

test("an empty entry is not saved, and the page says what is missing", async () => {
  open();
  await text();
  at("journal-save")?.click();
  await until(() => expect(document.querySelector("[role=alert]")?.textContent).toContain("先写几个字"));
  expect(await listEntries(writing.session, "zh-Hans")).toEqual([]);
});

test("the word that a recording is not kept yet goes with the recording", async () => {
  open();
  await text();
  at("voice-add")?.click();
  await until(() => expect(at("voice-recorder")).not.toBeNull());
  await until(() => {
    at("journal-save")?.click();
    expect(document.querySelector(".dock [role=alert]")?.textContent).toContain("还没存好");
  });
  at("voice-cancel")?.click();
  await until(() => expect(document.querySelector(".dock [role=alert]")).toBeNull());
});

test("a photo or recording over which the page died is told once, in the draft that it was for", async () => {
  open();
  await type("今天第三节");
  await until(async () => expect(await draftTexts()).toEqual(["今天第三节"]));
  close();
  const [draft] = await listDrafts(writing.session);
  // The page died: nothing took the mark away.
  await noteMaking(writing.session, draft?.draft ?? "", true);
  open();
  await until(() => expect(at("was-making")?.textContent).toContain(t("media.was_making")));
  close();
  open();
  expect((await text()).value).toBe("今天第三节");
  expect(at("was-making")).toBeNull();
});

test("who drops a recording, or goes elsewhere over it, is not told of it later", async () => {
  open();
  await type("今天第三节");
  at("voice-add")?.click();
  await until(() => expect(at("voice-recorder")).not.toBeNull());
  const marks = async () => await writing.session.db.read(["marks"], async (tx) => await tx.objectStore("marks").getAllKeys());
  await until(async () => expect(await marks()).toHaveLength(1));
  close();
  await until(async () => expect(await marks()).toEqual([]));
});
