// @vitest-environment happy-dom
/** What a reload into a new app finds of an answer that the app before it could not store. */
import { beforeEach, expect, test } from "vitest";
import { install, session } from "../../testing/teacher.ts";
import { type Answer, openQuiz, type QuizView, saveAnswerDraft } from "../../use-cases/take-quiz.ts";
import { type AnswerKeeper, answerKeeperOf } from "./answer-keeper.ts";

let quiz: QuizView;

beforeEach(async () => {
  sessionStorage.clear();
  await install();
  const opened = await openQuiz(session, "pack", "01", "zh-Hans");
  if (!opened.ok) throw new Error(opened.code);
  ({ quiz } = opened);
});

/** After the reload; the app before left the bare answer under the name that stands today. */
function keeperAfter(question: string, left: Answer): AnswerKeeper {
  sessionStorage.setItem(`xuetan-unsaved:${session.person.id} answer:${quiz.attempt}/${question}`, JSON.stringify(left));
  return keeperOf(question);
}

function keeperOf(id: string): AnswerKeeper {
  const question = quiz.questions.find((each) => each.id === id);
  if (question === undefined) throw new Error(id);
  return answerKeeperOf(session, quiz, question);
}

test("a choice that an earlier app left behind is there", async () => {
  const keeper = keeperAfter("q2", ["2", "1"]);
  expect(keeper.left()).toEqual(["2", "1"]);
  await keeper.keep(["2", "1"]);
  expect((await keeperOf("q2").read())?.answer).toEqual(["2", "1"]);
});

test("thoughts that an earlier app left behind are there, and take the place of what they were typed on from", async () => {
  await saveAnswerDraft(session, quiz.attempt, "q3", "写了三页");
  const keeper = keeperAfter("q3", "写了三页，又一行");
  expect(keeper.left()).toBe("写了三页，又一行");
  await keeper.keep("写了三页，又一行");
  expect((await keeperOf("q3").read())?.answer).toBe("写了三页，又一行");
});

test("thoughts that an earlier app left behind wipe nothing that another window has stored", async () => {
  await saveAnswerDraft(session, quiz.attempt, "q3", "别的窗口写的");
  const keeper = keeperAfter("q3", "这里写的");
  await keeper.keep(keeper.left() ?? "");
  expect((await keeperOf("q3").read())?.answer).toBe("别的窗口写的\n这里写的");
});
