// @vitest-environment happy-dom
/** One entry as it is shown. What a choice stores is tested in `merge-versions.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { makeApp, openPerson } from "../../testing/app.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import { readEntry, saveEntry } from "../../use-cases/journal.ts";
import { Entry } from "./Entry.tsx";
import { until } from "../../testing/until.ts";

beforeAll(() => addMessages("zh-Hans", messages));

afterEach(() => {
  render(null, document.body);
  vi.restoreAllMocks();
});

const versions = () => [...document.querySelectorAll<HTMLElement>("[data-testid=entry-version]")];

test("a choice between two versions that a full phone cannot store is said, both stay, and it can be chosen again", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const session = await openPerson(makeApp());
  const first = await saveEntry(session, { parents: [], text: "早上写的" });
  if (!first.ok) throw new Error(first.code);
  const { entry, ver } = first;
  await saveEntry(session, { entry, parents: [ver], text: "这部手机改的" });
  await saveEntry(session, { entry, parents: [ver], text: "另一部手机改的" });
  render(<Entry session={session} params={{ entry }} />, document.body);
  await until(() => expect(versions()).toHaveLength(2));
  const choose = () => versions()[0]?.querySelector<HTMLElement>("[data-testid=choose-version]");
  const chosen = versions()[0]?.querySelector(".entry-text")?.textContent;
  const makeRoom = fillDisk();
  try {
    choose()?.click();
    await until(() => expect(versions()[0]?.textContent).toContain(t("journal.not_chosen")));
    expect(versions()).toHaveLength(2);
  } finally {
    makeRoom();
  }
  choose()?.click();
  await until(async () => expect((await readEntry(session, entry, "zh-Hans"))?.heads.map(({ text }) => text)).toEqual([chosen]));
  session.close();
});

test("two versions of one minute are told apart by what is said of each, in the list and where one side is chosen", async () => {
  const app = makeApp();
  const session = await openPerson(app);
  const first = await saveEntry(session, { parents: [], text: "早上写的。" });
  if (!first.ok) throw new Error(first.code);
  const { entry, ver } = first;
  await saveEntry(session, { entry, parents: [ver], text: "早上写的，很短。" });
  app.ports.fake.nowMs += 2_000;
  await saveEntry(session, { entry, parents: [ver], text: "早上写的，很长。" });
  render(<Entry session={session} params={{ entry }} />, document.body);
  await until(() => expect(versions()).toHaveLength(2));
  const written = versions().map((version) => version.querySelector("p")?.textContent ?? "");
  expect(new Set(written).size).toBe(2);
  for (const words of written) expect(words).toContain("（这部手机）");
  const sides = [...document.querySelectorAll("[data-testid=merge-place] label")].map((label) => label.textContent ?? "");
  const times = sides.slice(1).map((side) => side.slice(0, side.indexOf("写的")));
  expect(new Set(times).size).toBe(2);
  render(null, document.body);
  session.close();
});
