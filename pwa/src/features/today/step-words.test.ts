/** What the card of Today says of a step. Which step it is, is tested in `next-step.test.ts`. */
import { expect, test } from "vitest";
import { t } from "../../i18n/messages.ts";
import { stepWords } from "./step-words.ts";

const QUIZ = { pack: "one-room", lesson: "01-bells", title: "铃声", packTitle: "复式教学", minutes: 2 } as const;

test("a quiz with every question answered leads to its result, and says nothing of questions left", () => {
  const words = stepWords({ kind: "resume-quiz", ...QUIZ, left: 0 });
  expect(words).toMatchObject({ action: t("quiz.finish"), text: "复式教学", href: "/learn/one-room/01-bells/quiz" });
});

test("a quiz under way says how many questions are left, a new one what it is about", () => {
  const begun = stepWords({ kind: "resume-quiz", ...QUIZ, left: 2 });
  expect(begun).toMatchObject({ action: t("today.continue_quiz"), text: t("today.questions_left", { count: 2 }) });
  expect(stepWords({ kind: "take-quiz", ...QUIZ })).toMatchObject({ action: t("today.take_quiz"), text: "复式教学" });
});
