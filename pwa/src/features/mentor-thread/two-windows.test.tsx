// @vitest-environment happy-dom
/** The same talk open in two windows: what is typed in one is neither lost nor sent by what is done in the other. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { messages as words } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { addPerson, makeApp } from "../../testing/app.ts";
import { lastWords } from "../../platform/last-words.ts";
import { listMessages } from "../../use-cases/messages.ts";
import { openSession } from "../../use-cases/open-session.ts";
import type { Session } from "../../use-cases/session.ts";
import { Messages } from "./Messages.tsx";
import { runEffectsAtOnce, wordsRead } from "../../testing/effects.ts";
import { until } from "../../testing/until.ts";

let session: Session;
const windows: TalkWindow[] = [];

beforeAll(() => {
  addMessages("zh-Hans", words);
  runEffectsAtOnce();
});

beforeEach(async () => {
  const app = makeApp();
  session = await openSession(app, await addPerson(app));
  sessionStorage.clear();
});

afterEach(() => {
  for (const each of windows.splice(0)) each.close();
  session.close();
});

/** Shows the talk and waits until what was kept stands in the field. */
class TalkWindow {
  private root = document.body.appendChild(document.createElement("div"));

  static async open(shows: string): Promise<TalkWindow> {
    const made = new TalkWindow();
    windows.push(made);
    render(<Messages session={session} params={{}} />, made.root);
    await until(() => expect(made.text).toBeDefined());
    await wordsRead(session.db);
    await until(() => expect(made.text).toBe(shows));
    return made;
  }

  get text(): string | undefined {
    return this.root.querySelector<HTMLTextAreaElement>("[data-testid=message-text]")?.value;
  }

  put(text: string): void {
    const field = this.root.querySelector<HTMLTextAreaElement>("[data-testid=message-text]");
    if (field === null) throw new Error("no place to type");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async type(text: string): Promise<void> {
    this.put(text);
    await stored();
  }

  send(): void {
    this.root.querySelector<HTMLElement>("[data-testid=message-send]")?.click();
  }

  close(): void {
    render(null, this.root);
    this.root.remove();
  }
}

async function stored(): Promise<void> {
  await Promise.all([...lastWords].map((store) => store()));
  await until(() => expect(sessionStorage.length).toBe(0));
}

async function closeAll(): Promise<void> {
  for (const each of windows.splice(0)) each.close();
  await until(() => expect(lastWords.size).toBe(0));
}

const sent = async () => (await listMessages(session, session.person.id)).map(({ text }) => text);

test("what two windows type at one place is all there when it is opened again, once", async () => {
  const [left, right] = [await TalkWindow.open(""), await TalkWindow.open("")];
  await left.type("周老师，");
  await right.type("明天下雨");
  await left.type("周老师，您好");
  await right.type("明天下雨吗");
  expect([left.text, right.text]).toEqual(["周老师，您好", "明天下雨吗"]);
  await closeAll();
  await TalkWindow.open("周老师，您好\n明天下雨吗");
});

test("sending in one window leaves what another has typed", async () => {
  const [left, right] = [await TalkWindow.open(""), await TalkWindow.open("")];
  await left.type("您好");
  await right.type("还没写完");
  left.send();
  await until(async () => expect(await sent()).toEqual(["您好"]));
  await until(() => expect(left.text).toBe(""));
  await stored();
  expect(right.text).toBe("还没写完");
  await closeAll();
  await TalkWindow.open("还没写完");
});

test("what one window has sent, another that showed it shows no more", async () => {
  const left = await TalkWindow.open("");
  await left.type("您好");
  const right = await TalkWindow.open("您好");
  await right.type("您好，周老师");
  right.send();
  await until(() => expect([left.text, right.text]).toEqual(["", ""]));
  expect(await sent()).toEqual(["您好，周老师"]);
  await closeAll();
  await TalkWindow.open("");
});

test("words that a reload overtook on their way to the store are there once, beside another window's", async () => {
  const left = await TalkWindow.open("");
  await left.type("写到");
  const broken = vi.spyOn(session.db, "write").mockRejectedValue(new Error("the page is going away"));
  left.put("写到一半");
  await closeAll();
  broken.mockRestore();
  await TalkWindow.open("写到一半");
  await stored();
  await closeAll();
  await TalkWindow.open("写到一半");
});

test("the same words typed again after they were sent are kept", async () => {
  const left = await TalkWindow.open("");
  await left.type("好的");
  left.send();
  await until(() => expect(left.text).toBe(""));
  await left.type("好的");
  const right = await TalkWindow.open("好的");
  await right.type("好的，知道了");
  right.send();
  await until(async () => expect(await sent()).toEqual(["好的", "好的，知道了"]));
});
