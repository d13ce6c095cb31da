// @vitest-environment happy-dom
/** A field whose words survive: over an update of the app, and beside another window at the same place. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { lastWords } from "../platform/last-words.ts";
import { addPerson, makeApp } from "../testing/app.ts";
import { sendMessage } from "../use-cases/messages.ts";
import { openSession } from "../use-cases/open-session.ts";
import type { Session } from "../use-cases/session.ts";
import { UnsentWords } from "../use-cases/unsent-words.ts";
import { useKeptText } from "./use-kept-text.ts";
import { runEffectsAtOnce, wordsRead } from "../testing/effects.ts";
import { until } from "../testing/until.ts";

const PLACE = "change:feedback";
let session: Session;

beforeAll(runEffectsAtOnce);
let roots: HTMLElement[] = [];

beforeEach(async () => {
  const app = makeApp();
  session = await openSession(app, await addPerson(app));
  sessionStorage.clear();
});

afterEach(async () => {
  for (const root of roots) render(null, root);
  roots = [];
  await until(() => expect(lastWords.size).toBe(0));
  session.close();
});

interface FieldProps {
  words: UnsentWords;
  original: string | undefined;
}

function Field({ words, original }: FieldProps) {
  const { text, change } = useKeptText(words, original);
  return <textarea value={text} onInput={(event) => change(event.currentTarget.value)} />;
}

class FieldWindow {
  readonly words = new UnsentWords(session, PLACE);
  private root = document.createElement("div");

  constructor(original?: string) {
    roots.push(this.root);
    render(<Field words={this.words} original={original} />, this.root);
  }

  get field(): HTMLTextAreaElement {
    const found = this.root.querySelector("textarea");
    if (found === null) throw new Error("no field");
    return found;
  }

  async shows(text: string): Promise<void> {
    await wordsRead(session.db);
    await until(() => expect(this.field.value).toBe(text));
  }

  async type(text: string): Promise<void> {
    this.field.value = text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    await stored();
  }
}

async function stored(): Promise<void> {
  await until(() => expect(sessionStorage.length).toBe(0));
}

const kept = async () => (await new UnsentWords(session, PLACE).read()).text;

/** As the app did that kept windows at one place not apart: bare, under the place's name alone. */
function leave(text: string): void {
  sessionStorage.setItem(`xuetan-unsaved:${session.person.id} ${PLACE}`, JSON.stringify(text));
}

test("words that an earlier app could not store are shown and stored, in the place of what they were typed on from", async () => {
  await new UnsentWords(session, PLACE).keep("写了三页");
  leave("写了三页，又一行");
  await new FieldWindow("原来的话").shows("写了三页，又一行");
  await stored();
  expect(await kept()).toBe("写了三页，又一行");
});

test("words that an earlier app could not store stand beside others that were stored since", async () => {
  await new UnsentWords(session, PLACE).keep("别的窗口写的");
  leave("这里写的");
  await new FieldWindow().shows("别的窗口写的\n这里写的");
  await stored();
  expect(await kept()).toBe("别的窗口写的\n这里写的");
});

test("words that an earlier app left behind are there after one more reload while the phone is still full", async () => {
  leave("写了三页");
  const full = vi.spyOn(session.db, "write").mockRejectedValue(new Error("full"));
  await new FieldWindow().shows("写了三页");
  for (const root of roots) render(null, root);
  await new FieldWindow().shows("写了三页");
  full.mockRestore();
  await Promise.all([...lastWords].map((store) => store()));
  await stored();
  expect(await kept()).toBe("写了三页");
});

test("a field whose words another window has sent shows again what it showed at first", async () => {
  const left = new FieldWindow("原来的话");
  await left.shows("原来的话");
  await left.type("改过的话");
  const right = new FieldWindow("原来的话");
  await right.shows("改过的话");
  await sendMessage(session, session.person.id, "改过的话", undefined, left.words);
  await right.shows("原来的话");
});
