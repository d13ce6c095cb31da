/** Two windows that write at one place: whatever one does, the other's words stay. */
// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { at, close, draftTexts, open, text, type, useEditor, writing } from "../../testing/editor.tsx";
import { navigate, path } from "../../ui/location.ts";
import { saveDraft } from "../../use-cases/drafts.ts";
import { listEntries, saveEntry } from "../../use-cases/journal.ts";
import { until } from "../../testing/until.ts";

useEditor();

test("words left behind never take the place of what another tab has stored since; both are kept", async () => {
  navigate("/journal/new?draft=shared", "replace");
  open();
  await text();
  const broken = vi.spyOn(writing.session.db, "write").mockRejectedValue(new Error("the page is going away"));
  await type("甲：一个字");
  close();
  broken.mockRestore();
  await saveDraft(writing.session, { draft: "shared", parents: [], text: "乙：写了三页" });
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
  await saveDraft(writing.session, { draft: "shared", parents: [], text: "乙：写了三页" });
  await type("甲：一个字");
  await until(async () => expect((await draftTexts()).sort()).toEqual(["乙：写了三页", "甲：一个字"]));
  await until(() => expect(sessionStorage.length).toBe(0));
  expect(new URLSearchParams(location.search).get("draft")).toMatch(/^shared~/);
});

describe("a window that was left open while another wrote on in the same draft", () => {
  beforeEach(async () => {
    await saveDraft(writing.session, { draft: "shared", parents: [], text: "写了一段" });
    navigate("/journal/new?draft=shared", "replace");
    open();
    await text();
    await saveDraft(writing.session, { draft: "shared", parents: [], text: "写了一段，又写了三页" });
  });

  test("saves what it shows, and leaves the other's words", async () => {
    at("journal-save")?.click();
    await until(() => expect(path.value).toMatch(/saved$/));
    expect((await listEntries(writing.session, "zh-Hans")).map((entry) => entry.excerpt)).toEqual(["写了一段"]);
    expect(await draftTexts()).toEqual(["写了一段，又写了三页"]);
  });

  test("discards nothing but what it shows", async () => {
    const button = (words: unknown) => [...document.querySelectorAll("button")].find(({ textContent }) => textContent === words);
    button(messages["journal.discard"])?.click();
    await until(() => expect(button(messages["journal.discard_yes"])).toBeDefined());
    button(messages["journal.discard_yes"])?.click();
    await until(() => expect(path.value).toBe("/journal"));
    expect(await draftTexts()).toEqual(["写了一段，又写了三页"]);
  });
});

test("an entry that is saved unchanged leaves the words that another window is changing it to", async () => {
  const saved = await saveEntry(writing.session, { parents: [], text: "写好了" });
  if (!saved.ok) throw new Error(saved.code);
  navigate(`/journal/${saved.entry}/edit`, "replace");
  open({ entry: saved.entry });
  await text();
  await saveDraft(writing.session, { draft: saved.entry, entry: saved.entry, parents: [saved.ver], text: "写好了，再改" });
  at("journal-save")?.click();
  await until(() => expect(path.value).toMatch(/saved$/));
  expect(await draftTexts()).toEqual(["写好了，再改"]);
});
