// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Question } from "../../contracts/quiz.ts";
import { judgeAnswer } from "../../domain/judge-answer.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import type { Answer, Graded } from "../../use-cases/take-quiz.ts";
import { AnswerArea } from "./AnswerArea.tsx";
import { Judgement } from "./Judgement.tsx";

const answer = signal<Answer | null>(null);
const choices = ["a", "b", "c"].map((id) => ({ id, text: `choice ${id}` }));
const question = (part: Partial<Question> & { kind: Question["kind"] }): Question => ({
  id: "q1",
  difficulty: 1,
  stem: "?",
  explanation: "because",
  ...part,
});

beforeAll(() => addMessages("zh-Hans", messages));
afterEach(() => {
  render(null, document.body);
  answer.value = null;
});

function Area({ question, graded }: { question: Question; graded: Graded | undefined }) {
  const change = (next: Answer) => {
    answer.value = next;
  };
  return (
    <AnswerArea question={question} language="zh-Hans" answer={answer.value} graded={graded} onChange={change} onDone={() => undefined} />
  );
}

function show(question: Question, graded?: Graded): void {
  render(<Area question={question} graded={graded} />, document.body);
}

async function tap(choice: string): Promise<void> {
  const target = document.querySelector<HTMLElement>(`[data-testid=choice][data-choice="${choice}"]`);
  (target?.querySelector("input") ?? target)?.click();
  await new Promise((resolve) => setTimeout(resolve));
}

async function tapAll(...choices: string[]): Promise<Answer | null> {
  for (const choice of choices) await tap(choice);
  return answer.value;
}

function type(text: string): Answer | null {
  const input = document.querySelector<HTMLInputElement>("[data-testid=answer-input]");
  if (input === null) throw new Error("no place to type");
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return answer.value;
}

test("single: the last tap is the answer", async () => {
  show(question({ kind: "single", choices }));
  expect(await tapAll("a", "b")).toBe("b");
});

test("multiple: taps choose and take back", async () => {
  show(question({ kind: "multiple", choices }));
  expect(await tapAll("c", "a", "b", "c")).toEqual(["a", "b"]);
});

test("true or false: the answer is a boolean", async () => {
  show(question({ kind: "true_false", answer: false }));
  expect(await tapAll("false")).toBe(false);
});

test("ordering: taps in order", async () => {
  show(question({ kind: "ordering", choices }));
  expect(await tapAll("c", "a", "b")).toEqual(["c", "a", "b"]);
  expect(document.querySelector("[data-choice=c] .option-mark")?.textContent).toBe("1");
});

test("matching: a left, then a right", async () => {
  show(
    question({
      kind: "matching",
      lefts: [
        { id: "p1.l", text: "1" },
        { id: "p2.l", text: "2" },
      ],
      rights: [
        { id: "p2.r", text: "two" },
        { id: "p1.r", text: "one" },
      ],
    }),
  );
  expect(await tapAll("p1.l", "p1.r", "p2.l", "p2.r")).toEqual([
    ["p1.l", "p1.r"],
    ["p2.l", "p2.r"],
  ]);
});

test.each(["numeric", "short_text", "reflection"] as const)("%s: what is typed is the answer, untouched", (kind) => {
  show(question({ kind }));
  expect(type(" 八 节 ")).toBe(" 八 节 ");
});

test("once it was judged nothing can be changed, and right and chosen are said in words", async () => {
  answer.value = "a";
  show(question({ kind: "single", choices }), {
    score: 0,
    correct: false,
    feedback: [{ choice: "a", text: "tempting" }],
    explanation: "because",
    correctAnswer: "b",
  });
  expect(await tapAll("c")).toBe("a");
  const words = (choice: string) => document.querySelector(`[data-choice=${choice}]`)?.textContent ?? "";
  expect(words("a")).toContain("你选的");
  expect(words("b")).toContain("正确答案");
  expect(words("c")).toBe("choice c");
});

test("a reflection is noted, never wrong", () => {
  render(
    <Judgement
      question={question({ kind: "reflection" })}
      language="zh-Hans"
      graded={{
        score: null,
        correct: false,
        feedback: [],
        explanation: "look at the children",
      }}
    />,
    document.body,
  );
  const feedback = document.querySelector("[data-testid=answer-feedback]");
  expect(feedback?.getAttribute("data-correct")).toBe("none");
  expect(feedback?.textContent).toContain("记下了");
});

test("of several choices each is told its own feedback, by name", () => {
  const asked = question({
    kind: "multiple",
    choices: choices.map((one, index) => ({ ...one, correct: index === 0, feedback: `on ${one.id}` })),
  });
  render(<Judgement question={asked} language="zh-Hans" graded={judgeAnswer(asked, ["c", "a"])} />, document.body);
  const told = [...document.querySelectorAll<HTMLElement>("[data-testid=choice-feedback]")].map(({ dataset, textContent }) => [
    dataset["choice"],
    textContent,
  ]);
  expect(told).toEqual(["a", "c"].map((id) => [id, `${t("quiz.feedback_on", { choice: `choice ${id}` })}on ${id}`]));
});
