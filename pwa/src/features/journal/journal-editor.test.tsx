// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { addPerson, makeApp } from "../../testing/app.ts";
import { connectLocation, navigate, path } from "../../ui/location.ts";
import { listDrafts } from "../../use-cases/list-drafts.ts";
import { listEntries, saveEntry } from "../../use-cases/journal.ts";
import { saveDraft } from "../../use-cases/drafts.ts";
import { switchPerson } from "../../use-cases/switch-person.ts";
import { listPeople } from "../../db/people.ts";
import { openSession } from "../../use-cases/open-session.ts";
import type { Session } from "../../use-cases/session.ts";
import { JournalEditor } from "./JournalEditor.tsx";

let session: Session;

beforeAll(() => {
  connectLocation();
  addMessages("zh-Hans", messages);
});

beforeEach(async () => {
  const app = makeApp();
  session = await openSession(app, await addPerson(app));
  sessionStorage.clear();
  navigate("/journal/new", "replace");
});

afterEach(() => {
  close();
  session.close();
});

const at = <T extends HTMLElement>(id: string) => document.querySelector<T>(`[data-testid=${id}]`);
const text = async () => await vi.waitFor(() => at<HTMLTextAreaElement>("journal-text") ?? Promise.reject(new Error("no editor yet")));
const draftTexts = async () => (await listDrafts(session)).map((draft) => draft.text);

function open(): void {
  render(<JournalEditor session={session} params={{}} />, document.body);
}

/** As a reload does: everything in memory is gone, the address and what was stored stay. */
function close(): void {
  render(null, document.body);
}

async function type(words: string): Promise<void> {
  const field = await text();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

test("what was typed is there after the editor was closed and opened again", async () => {
  open();
  await type("今天第三节");
  await vi.waitFor(async () => expect(await draftTexts()).toEqual(["今天第三节"]));
  close();
  open();
  expect((await text()).value).toBe("今天第三节");
});

test("words that a reload overtook on their way to the store are there too", async () => {
  open();
  await text();
  const broken = vi.spyOn(session.db, "write").mockRejectedValue(new Error("the page is going away"));
  await type("写到一半");
  close();
  broken.mockRestore();
  open();
  expect((await text()).value).toBe("写到一半");
  await vi.waitFor(async () => expect(await draftTexts()).toEqual(["写到一半"]));
});

test("words left behind never take the place of what another tab has stored since; both are kept", async () => {
  navigate("/journal/new?draft=shared", "replace");
  open();
  await text();
  const broken = vi.spyOn(session.db, "write").mockRejectedValue(new Error("the page is going away"));
  await type("甲：一个字");
  close();
  broken.mockRestore();
  await saveDraft(session, { draft: "shared", parents: [], text: "乙：写了三页" });
  open();
  expect((await text()).value).toBe("乙：写了三页");
  expect((await draftTexts()).sort()).toEqual(["乙：写了三页", "甲：一个字"]);
  close();
  open();
  await text();
  expect(await draftTexts()).toHaveLength(2);
});

test("whoever types into another tab's draft leaves nothing under its name", async () => {
  navigate("/journal/new?draft=shared", "replace");
  open();
  await text();
  await saveDraft(session, { draft: "shared", parents: [], text: "乙：写了三页" });
  await type("甲：一个字");
  await vi.waitFor(async () => expect((await draftTexts()).sort()).toEqual(["乙：写了三页", "甲：一个字"]));
  await vi.waitFor(() => expect(sessionStorage.length).toBe(0));
  expect(new URLSearchParams(location.search).get("draft")).toMatch(/^shared~/);
});

describe("a window that was left open while another wrote on in the same draft", () => {
  beforeEach(async () => {
    await saveDraft(session, { draft: "shared", parents: [], text: "写了一段" });
    navigate("/journal/new?draft=shared", "replace");
    open();
    await text();
    await saveDraft(session, { draft: "shared", parents: [], text: "写了一段，又写了三页" });
  });

  test("saves what it shows, and leaves the other's words", async () => {
    at("journal-save")?.click();
    await vi.waitFor(() => expect(path.value).toMatch(/saved$/));
    expect((await listEntries(session, "zh-Hans")).map((entry) => entry.excerpt)).toEqual(["写了一段"]);
    expect(await draftTexts()).toEqual(["写了一段，又写了三页"]);
  });

  test("discards nothing but what it shows", async () => {
    const button = (words: unknown) => [...document.querySelectorAll("button")].find(({ textContent }) => textContent === words);
    button(messages["journal.discard"])?.click();
    await vi.waitFor(() => expect(button(messages["journal.discard_yes"])).toBeDefined());
    button(messages["journal.discard_yes"])?.click();
    await vi.waitFor(() => expect(path.value).toBe("/journal"));
    expect(await draftTexts()).toEqual(["写了一段，又写了三页"]);
  });
});

test("an entry that is saved unchanged leaves the words that another window is changing it to", async () => {
  const saved = await saveEntry(session, { parents: [], text: "写好了" });
  if (!saved.ok) throw new Error(saved.code);
  navigate(`/journal/${saved.entry}/edit`, "replace");
  render(<JournalEditor session={session} params={{ entry: saved.entry }} />, document.body);
  await text();
  await saveDraft(session, { draft: saved.entry, entry: saved.entry, parents: [saved.ver], text: "写好了，再改" });
  at("journal-save")?.click();
  await vi.waitFor(() => expect(path.value).toMatch(/saved$/));
  expect(await draftTexts()).toEqual(["写好了，再改"]);
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
  await vi.waitFor(() => expect(path.value).toMatch(/saved$/));
  await vi.waitFor(async () =>
    expect((await listEntries(session, "zh-Hans")).map((entry) => entry.excerpt)).toEqual(["写好了，又想起一句"]),
  );
  expect(await draftTexts()).toEqual([]);
});

test("the last words are stored before the person is closed", async () => {
  open();
  await type("写到一半");
  const { app, person } = session;
  await switchPerson(app);
  expect(sessionStorage.length).toBe(0);
  const record = (await listPeople(app.device)).find((each) => each.person === person.id);
  if (record === undefined) throw new Error("the person is gone");
  session = await openSession(app, record);
  expect(await draftTexts()).toEqual(["写到一半"]);
});

test("saving makes one entry, ends the draft and shows the entry", async () => {
  open();
  await type("写好了");
  at("journal-save")?.click();
  await vi.waitFor(() => expect(path.value).toMatch(/^\/journal\/[A-Za-z0-9_-]{16}\?saved$/));
  expect((await listEntries(session, "zh-Hans")).map((entry) => entry.excerpt)).toEqual(["写好了"]);
  expect(await draftTexts()).toEqual([]);
});

test("whoever goes elsewhere while an entry is being saved is not called back", async () => {
  open();
  await type("写好了");
  at("journal-save")?.click();
  navigate("/learn");
  await vi.waitFor(async () => expect(await listEntries(session, "zh-Hans")).toHaveLength(1));
  await vi.waitFor(async () => expect(await draftTexts()).toEqual([]));
  expect(path.value).toBe("/learn");
});

test("an empty entry is not saved, and the page says what is missing", async () => {
  open();
  await text();
  at("journal-save")?.click();
  await vi.waitFor(() => expect(document.querySelector("[role=alert]")?.textContent).toContain("先写几个字"));
  expect(await listEntries(session, "zh-Hans")).toEqual([]);
});

test("the word that a recording is not kept yet goes with the recording", async () => {
  open();
  await text();
  at("voice-add")?.click();
  await vi.waitFor(() => expect(at("voice-recorder")).not.toBeNull());
  await vi.waitFor(() => {
    at("journal-save")?.click();
    expect(document.querySelector(".dock [role=alert]")?.textContent).toContain("还没存好");
  });
  at("voice-cancel")?.click();
  await vi.waitFor(() => expect(document.querySelector(".dock [role=alert]")).toBeNull());
});
