/** One attempt at a quiz: how its questions are shown, and what it comes to. Pure; the order is decided by the attempt's id. */
import type { Question } from "../contracts/quiz.ts";
import { isRight } from "./grade.ts";
import { shuffled } from "./shuffle.ts";
import type { AttemptTrace } from "./study.ts";

export interface QuizResult {
  score: number;
  scoreMax: number;
  /** Questions that were not fully right, for the list at the end. */
  missed: { question: string; stem: string }[];
}

export function asShown(question: Question, attempt: string): Question {
  const seed = `${attempt}/${question.id}`;
  if (question.kind === "ordering" && question.choices !== undefined) {
    const mixed = shuffled(question.choices, seed);
    // The right order would be an answer given away.
    const given = mixed.every((choice, index) => choice.id === question.choices?.[index]?.id);
    return {
      ...question,
      choices: given ? [...mixed.slice(1), ...mixed.slice(0, 1)] : mixed,
    };
  }
  if (question.kind === "matching" && question.rights !== undefined) return { ...question, rights: shuffled(question.rights, seed) };
  return question;
}

/** Reflections are not counted: nobody grades them here. */
export function resultOf(questions: readonly Question[], trace: AttemptTrace | undefined): QuizResult {
  const graded = questions.filter((question) => question.kind !== "reflection");
  const scores = graded.map((question) => ({
    question,
    score: trace?.answers.get(question.id)?.score ?? 0,
  }));
  return {
    score: Math.round(scores.reduce((sum, { score }) => sum + score, 0) * 1e6) / 1e6,
    scoreMax: graded.length,
    missed: scores.filter(({ score }) => !isRight(score)).map(({ question }) => ({ question: question.id, stem: question.stem })),
  };
}
