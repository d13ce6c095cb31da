/**
 * Grading of one answer against one question of a built quiz. Owns the rule from answer to score. Pure, never throws whatever was
 * answered, and equal to the server's grading.py for every example of contracts/golden/grading.json (docs/decisions/0020-grading.md).
 */
import type { Question } from "../contracts/quiz.ts";
import { ANSWER_CHARACTERS_MAX, foldAnswer, readNumber } from "./answer-text.ts";
import { countCharacters } from "./well-formed.ts";

export const NUMERIC_SLACK = 1e-9; // so that 0.1 + 0.2 typed as 0.3 is right in both languages
const SCORE_SLACK = 1e-6; // two scores nearer than this are the same score
const ANSWER_PARTS_MAX = 64;

type Gradable = Partial<Question> & { kind: string };
type Rule = (question: Gradable, answer: unknown) => number;

const RULES = new Map<string, Rule>(
  Object.entries({
    single: (question: Gradable, answer: unknown) => (typeof answer === "string" && correctIds(question).has(answer) ? 1 : 0),
    multiple,
    true_false: (question: Gradable, answer: unknown) => (typeof answer === "boolean" && answer === question.answer ? 1 : 0),
    numeric,
    short_text: shortText,
    matching,
    ordering,
  } satisfies Record<string, Rule>),
);

/** Score from 0 to 1, or null where nobody can grade: a reflection, or a kind this version does not know. */
export function grade(question: Gradable, answer: unknown): number | null {
  const rule = RULES.get(question.kind);
  return rule === undefined ? null : rule(question, answer);
}

/** Only the full score is right; a share of it is partly right. */
export function isRight(score: number | null): boolean {
  return score !== null && score >= 1 - SCORE_SLACK;
}

/** Right picks minus wrong picks over all right ones, never below 0. */
function multiple(question: Gradable, answer: unknown): number {
  const right = correctIds(question);
  if (right.size === 0) return 0;
  const picks = new Set(ids(answer));
  const found = [...picks].filter((pick) => right.has(pick)).length;
  return Math.max(0, found - (picks.size - found)) / right.size;
}

function numeric(question: Gradable, answer: unknown): number {
  const expected = question.answer;
  const value = typedNumber(answer, question.unit ?? "");
  if (value === null || typeof expected !== "number") return 0;
  const tolerance = question.tolerance ?? 0;
  return Math.abs(value - expected) <= tolerance + NUMERIC_SLACK * Math.max(1, Math.abs(expected)) ? 1 : 0;
}

function typedNumber(answer: unknown, unit: string): number | null {
  if (typeof answer === "number") return Math.abs(answer) < 1e300 ? answer : null;
  return typeof answer === "string" ? readNumber(answer, unit) : null;
}

function shortText(question: Gradable, answer: unknown): number {
  if (typeof answer !== "string" || countCharacters(answer) > ANSWER_CHARACTERS_MAX) return 0;
  const folded = foldAnswer(answer);
  return folded !== "" && (question.accepted ?? []).some((form) => foldAnswer(form) === folded) ? 1 : 0;
}

/** Share of lefts that got their partner. The first pair of a left and the first use of a right count. */
function matching(question: Gradable, answer: unknown): number {
  const lefts = question.lefts ?? [];
  const rights = question.rights ?? [];
  const partner = new Map<string, string>();
  for (const [index, left] of lefts.entries()) {
    const right = rights[index];
    if (right !== undefined) partner.set(left.id, right.id);
  }
  const chosen = new Map<string, string>();
  const used = new Set<string>();
  for (const pair of list(answer)) {
    const [left, right] = ids(pair);
    if (list(pair).length !== 2 || left === undefined || right === undefined || chosen.has(left) || used.has(right)) continue;
    chosen.set(left, right);
    used.add(right);
  }
  const found = [...partner].filter(([left, right]) => chosen.get(left) === right).length;
  return partner.size > 0 ? found / partner.size : 0;
}

/** Share of the right order's neighbours that stand next to each other, in that direction, in the answer. */
function ordering(question: Gradable, answer: unknown): number {
  const right = (question.choices ?? []).map((choice) => choice.id);
  const given = [...new Set(ids(answer))].filter((item) => right.includes(item));
  if (right.length < 2) return right.length === 1 && given.length === 1 ? 1 : 0;
  const follower = new Map(right.slice(1).map((item, index) => [right[index], item]));
  const found = given.slice(1).filter((item, index) => follower.get(given[index]) === item).length;
  return found / (right.length - 1);
}

function correctIds(question: Gradable): Set<string> {
  return new Set((question.choices ?? []).filter((choice) => choice.correct === true).map((choice) => choice.id));
}

function list(answer: unknown): unknown[] {
  return Array.isArray(answer) ? answer.slice(0, ANSWER_PARTS_MAX) : [];
}

function ids(answer: unknown): string[] {
  return list(answer).filter((part): part is string => typeof part === "string");
}
