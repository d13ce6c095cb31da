// @vitest-environment happy-dom
/** The same question open in two windows: one answer counts, and what was written in the other window is not lost. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { messages as words } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { lastWords } from "../../platform/last-words.ts";
import { install, session } from "../../testing/teacher.ts";
import { listDrafts } from "../../use-cases/list-drafts.ts";
import { answerQuestion, openQuiz } from "../../use-cases/take-quiz.ts";
import { Quiz } from "./Quiz.tsx";
import { runEffectsAtOnce, wordsRead } from "../../testing/effects.ts";
import { until } from "../../testing/until.ts";

const windows: QuizWindow[] = [];

beforeAll(() => {
  addMessages("zh-Hans", words);
  vi.stubGlobal("scrollTo", () => undefined);
  runEffectsAtOnce();
});

beforeEach(async () => {
  sessionStorage.clear();
  await install();
});

afterEach(async () => await closeAll());

async function closeAll(): Promise<void> {
  for (const each of windows.splice(0)) each.close();
  await until(() => expect(lastWords.size).toBe(0));
}

/** Shows the quiz where it stands. */
class QuizWindow {
  private root = document.body.appendChild(document.createElement("div"));

  static async open(question: string): Promise<QuizWindow> {
    const made = new QuizWindow();
    windows.push(made);
    render(<Quiz session={session} params={{ pack: "pack", lesson: "01" }} />, made.root);
    await until(() => expect(made.at("question")?.dataset["question"]).toBe(question));
    await wordsRead(session.db);
    return made;
  }

  at<T extends HTMLElement>(id: string): T | null {
    return this.root.querySelector<T>(`[data-testid=${id}]`);
  }

  get text(): string | undefined {
    return this.at<HTMLTextAreaElement>("answer-input")?.value;
  }

  get chosen(): (string | undefined)[] {
    return [...this.root.querySelectorAll<HTMLElement>("[data-chosen=true]")].map(({ dataset }) => dataset["choice"]);
  }

  async write(text: string): Promise<void> {
    const field = this.at<HTMLTextAreaElement>("answer-input");
    if (field === null) throw new Error("no place to write");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.all([...lastWords].map((store) => store()));
    await until(() => expect(sessionStorage.length).toBe(0));
  }

  async choose(id: string): Promise<void> {
    this.root.querySelector<HTMLElement>(`[data-choice="${id}"] input`)?.click();
    await until(() => expect(this.at("answer-submit")?.getAttribute("aria-disabled")).not.toBe("true"));
  }

  async submit(): Promise<void> {
    this.at("answer-submit")?.click();
    await until(() => expect(this.at("question")?.dataset["state"]).toBe("answered"));
  }

  async goOn(): Promise<void> {
    this.at("answer-submit")?.click();
    await until(() => expect(this.at("quiz-result")).not.toBeNull());
  }

  close(): void {
    render(null, this.root);
    this.root.remove();
  }
}

/** All but the reflection at the end. */
async function answerRest(): Promise<void> {
  const opened = await openQuiz(session, "pack", "01", "zh-Hans");
  if (!opened.ok) throw new Error(opened.code);
  await answerQuestion(session, opened.quiz, "q1", "b");
  await answerQuestion(session, opened.quiz, "q2", ["1", "2", "3", "4"]);
}

const draftTexts = async () => (await listDrafts(session)).map(({ text, prompt, lesson }) => [text, prompt, lesson]);

test("a reflection that another window has answered meanwhile shows that answer, says so, and keeps what was written here", async () => {
  await answerRest();
  const [left, right] = [await QuizWindow.open("q3"), await QuizWindow.open("q3")];
  await left.write("左边想到的");
  await right.write("右边想到的，长得多");
  await left.submit();
  expect(left.at("answered-elsewhere")).toBeNull();
  await right.submit();
  expect(right.text).toBe("左边想到的");
  expect(right.at("answered-elsewhere")?.textContent).toContain("另一个窗口");
  expect(await draftTexts()).toEqual([["右边想到的，长得多", "三", "01"]]);
  const [draft] = await listDrafts(session);
  expect(right.at("kept-draft")?.getAttribute("href")).toBe(`/journal/new?draft=${encodeURIComponent(draft?.draft ?? "")}`);
  await right.goOn();
  expect(await draftTexts()).toHaveLength(1);
});

test("what was written in a window that never came to submit it is kept when the other finishes", async () => {
  await answerRest();
  const [left, right] = [await QuizWindow.open("q3"), await QuizWindow.open("q3")];
  await left.write("左边想到的");
  await right.write("右边没写完");
  await left.submit();
  await left.goOn();
  expect(await draftTexts()).toEqual([["右边没写完", "三", "01"]]);
  await right.submit();
  expect(await draftTexts()).toHaveLength(1);
});

test("what is written on after another window has finished the quiz is one draft that grows, with its question", async () => {
  await answerRest();
  const [left, right] = [await QuizWindow.open("q3"), await QuizWindow.open("q3")];
  await left.write("左边想到的");
  await left.submit();
  await left.goOn();
  await right.write("右边");
  await right.write("右边写了");
  await right.write("右边写了三页");
  expect(await draftTexts()).toEqual([["右边写了三页", "三", "01"]]);
  expect(right.text).toBe("右边写了三页");
  await closeAll();
  const again = await QuizWindow.open("q1");
  expect(await draftTexts()).toEqual([["右边写了三页", "三", "01"]]);
  expect(again.text).toBeUndefined();
});

test("what was begun before another window finished and written on afterwards is one draft", async () => {
  await answerRest();
  const [left, right] = [await QuizWindow.open("q3"), await QuizWindow.open("q3")];
  await left.write("左边想到的");
  await right.write("右边");
  await left.submit();
  await left.goOn();
  await right.write("右边写了三页");
  expect(await draftTexts()).toEqual([["右边写了三页", "三", "01"]]);
  await right.submit();
  expect(right.text).toBe("左边想到的");
  expect(right.at("kept-draft")).not.toBeNull();
  expect(await draftTexts()).toHaveLength(1);
});

test("what two windows write before either submits is all there after both were closed", async () => {
  await answerRest();
  const [left, right] = [await QuizWindow.open("q3"), await QuizWindow.open("q3")];
  await left.write("左边想到的");
  await right.write("右边想到的");
  await closeAll();
  const again = await QuizWindow.open("q3");
  await until(() => expect(again.text).toBe("左边想到的\n右边想到的"));
  await again.submit();
  await again.goOn();
  expect(await draftTexts()).toEqual([]);
});

test("the same words in both windows are one answer, and nothing is said", async () => {
  await answerRest();
  const [left, right] = [await QuizWindow.open("q3"), await QuizWindow.open("q3")];
  await left.write("一样的话");
  await right.write("一样的话");
  await left.submit();
  await right.submit();
  expect(right.at("answered-elsewhere")).toBeNull();
  expect(await draftTexts()).toEqual([]);
});

test("a choice that another window has made meanwhile is shown as it was made there", async () => {
  const [left, right] = [await QuizWindow.open("q1"), await QuizWindow.open("q1")];
  await left.choose("b");
  await right.choose("a");
  await left.submit();
  await right.submit();
  expect(right.at("answered-elsewhere")?.textContent).toContain("另一个窗口");
  expect(right.at("answer-feedback")?.dataset["correct"]).toBe("true");
  expect(right.chosen).toEqual(["b"]);
  expect(await draftTexts()).toEqual([]);
});
