/** The editor of entries on a screen of its own, for tests of it: opened, typed into, closed as a reload does. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach } from "vitest";
import { JournalEditor } from "../features/journal/JournalEditor.tsx";
import { messages } from "../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../i18n/language.ts";
import { connectLocation, navigate } from "../ui/location.ts";
import { listDrafts } from "../use-cases/list-drafts.ts";
import { openSession } from "../use-cases/open-session.ts";
import type { Session } from "../use-cases/session.ts";
import { addPerson, makeApp } from "./app.ts";
import { until } from "./until.ts";

/** Who writes; a test that closes the person puts the next session here. */
export const writing = {} as { session: Session };

/** A new phone with one person, at `/journal/new`, for each test of the file. */
export function useEditor(): void {
  beforeAll(() => {
    connectLocation();
    addMessages("zh-Hans", messages);
  });
  beforeEach(async () => {
    const app = makeApp();
    writing.session = await openSession(app, await addPerson(app));
    sessionStorage.clear();
    navigate("/journal/new", "replace");
  });
  afterEach(() => {
    close();
    writing.session.close();
  });
}

export const at = <T extends HTMLElement>(id: string) => document.querySelector<T>(`[data-testid=${id}]`);
export const text = async () => await until(() => at<HTMLTextAreaElement>("journal-text") ?? Promise.reject(new Error("no editor yet")));
export const draftTexts = async () => (await listDrafts(writing.session)).map((draft) => draft.text);

export function open(params: Readonly<Record<string, string>> = {}): void {
  render(<JournalEditor session={writing.session} params={params} />, document.body);
}

/** As a reload does: everything in memory is gone, the address and what was stored stay. */
export function close(): void {
  render(null, document.body);
}

export async function type(words: string): Promise<void> {
  const field = await text();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
