/** What a person is told after an answer: score, feedback for what was chosen, the right answer. Owns the choice of words, not the score. Pure. */
import type { Choice, Question } from "../contracts/quiz.ts";
import { grade, isRight } from "./grade.ts";

/** As in docs/pack-format.md: a choice id, a list of ids, true or false, the text as typed, or a list of [left id, right id]. */
export type Answer = string | boolean | string[] | [string, string][];

/** What is said to one thing that was chosen. */
export interface Feedback {
  /** Id of the choice that it is about; absent where there are none to choose from. */
  choice?: string;
  text: string;
}

export interface Graded {
  /** 0 to 1; null for a reflection. */
  score: number | null;
  /** Fully right; a reflection is never wrong. */
  correct: boolean;
  /** Feedback for what was chosen, in the order of the choices. */
  feedback: Feedback[];
  explanation: string;
  /** The right answer in the form of an answer; absent for a reflection. */
  correctAnswer?: Answer;
}

export function judgeAnswer(question: Question, answer: Answer): Graded {
  const score = grade(question, answer);
  const correctAnswer = rightAnswer(question);
  return {
    score,
    correct: score === null || isRight(score),
    feedback: feedbackFor(question, answer, isRight(score)),
    explanation: question.explanation,
    ...(correctAnswer === undefined ? {} : { correctAnswer }),
  };
}

function feedbackFor(question: Question, answer: Answer, right: boolean): Feedback[] {
  switch (question.kind) {
    case "single":
    case "multiple": {
      const chosen = Array.isArray(answer) ? answer : [answer];
      return (question.choices ?? [])
        .filter((choice) => chosen.some((id) => id === choice.id))
        .flatMap(({ id: choice, feedback }) => said(feedback).map((one) => ({ choice, ...one })));
    }
    case "true_false":
      return said(question.feedback?.[answer === true ? "true" : "false"]);
    case "reflection":
      return [];
    default:
      return said(right ? question.feedback?.correct : question.feedback?.wrong);
  }
}

function rightAnswer(question: Question): Answer | undefined {
  const ids = (choices: Choice[] | undefined): string[] => (choices ?? []).map((choice) => choice.id);
  switch (question.kind) {
    case "single":
      return question.choices?.find((choice) => choice.correct === true)?.id;
    case "multiple":
      return ids(question.choices?.filter((choice) => choice.correct === true));
    case "ordering":
      return ids(question.choices);
    case "true_false":
      return question.answer === true;
    case "numeric":
      return `${question.answer ?? ""}${question.unit === undefined ? "" : ` ${question.unit}`}`;
    case "short_text":
      return question.accepted?.[0];
    case "matching":
      return (question.lefts ?? []).map((left, index): [string, string] => [left.id, question.rights?.[index]?.id ?? ""]);
    case "reflection":
      return undefined;
  }
}

function said(text: string | undefined): Feedback[] {
  return text ? [{ text }] : [];
}
