/**
 * What is picked for a question before it is checked: taps in, an answer out. Pure; the components draw it.
 * Invariant: any half-made answer is itself an `Answer`, so it can be kept over a reload.
 */
import type { Question } from "../../contracts/quiz.ts";
import type { Answer } from "../../use-cases/take-quiz.ts";

export type Pairs = [string, string][];

export function idsOf(answer: Answer | null): string[] {
  return Array.isArray(answer) ? answer.filter((one): one is string => typeof one === "string") : [];
}

export function pairsOf(answer: Answer | null): Pairs {
  return Array.isArray(answer) ? answer.filter((one): one is [string, string] => Array.isArray(one)) : [];
}

export function isComplete(question: Question, answer: Answer | null): boolean {
  switch (question.kind) {
    case "single":
      return typeof answer === "string" && answer !== "";
    case "true_false":
      return typeof answer === "boolean";
    case "multiple":
      return idsOf(answer).length > 0;
    case "ordering":
      return idsOf(answer).length === (question.choices ?? []).length;
    case "matching":
      return pairsOf(answer).length === (question.lefts ?? []).length;
    default:
      return typeof answer === "string" && answer.trim() !== "";
  }
}

/** Several may be chosen: a tap chooses or takes back. Kept in the order of the question, so that equal choices are equal answers. */
export function toggleChoice(order: readonly string[], chosen: readonly string[], id: string): string[] {
  const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
  return order.filter((one) => next.includes(one));
}

/** Ordering: a tap puts the choice next; a tap on one that has its place takes it back. */
export function toggleInOrder(placed: readonly string[], id: string): string[] {
  return placed.includes(id) ? placed.filter((one) => one !== id) : [...placed, id];
}

export interface Armed {
  side: "left" | "right";
  id: string;
}

export interface MatchStep {
  pairs: Pairs;
  armed: Armed | null;
}

/**
 * Matching: the first tap arms one, the second on the other side makes the pair. A tap on one that is paired already
 * loosens its pair and arms it.
 */
export function tapMatch({ pairs, armed }: MatchStep, tapped: Armed): MatchStep {
  if (armed !== null && armed.side === tapped.side && armed.id === tapped.id) return { pairs, armed: null };
  const loosened = pairs.filter(([left, right]) => left !== tapped.id && right !== tapped.id);
  if (armed === null || armed.side === tapped.side) return { pairs: loosened, armed: tapped };
  const pair: [string, string] = armed.side === "left" ? [armed.id, tapped.id] : [tapped.id, armed.id];
  return { pairs: [...loosened, pair], armed: null };
}
