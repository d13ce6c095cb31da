/**
 * What of a mentor's feedback is shown: the newest of each row of changes. Owns what `replaces` and `feedback_withdrawn` do. Pure, and equal to the
 * server's feedback_chains.py for every example of contracts/golden/feedback_chains.json. Invariants: only the writer changes or withdraws; the
 * order of arrival changes nothing; of two changes made apart both are shown.
 */
import type { FeedbackTrace, Study } from "./study.ts";

export interface FeedbackChain {
  shown: FeedbackTrace;
  /** What it stands for, the newest first. */
  earlier: FeedbackTrace[];
  withdrawn: boolean;
}

type Said = Pick<Study, "feedback" | "feedbackWithdrawn">;

export function chainsOf({ feedback, feedbackWithdrawn }: Said): FeedbackChain[] {
  const all = [...feedback].map(([key, shown]): FeedbackChain => {
    const earlier: FeedbackTrace[] = [];
    for (let at = beforeOf(shown, feedback); at && at !== shown && !earlier.includes(at); at = beforeOf(at, feedback)) earlier.push(at);
    return { shown, earlier, withdrawn: feedbackWithdrawn.has(key) };
  });
  const changes = all.filter(({ earlier }) => earlier.length > 0);
  // Feedback that would stand for itself, over whatever way, replaces nothing.
  return all.filter(({ shown, earlier }) => !changes.some((other) => other.earlier.includes(shown) && !earlier.includes(other.shown)));
}

/** What is shown and was not withdrawn. */
export function standing(study: Said): FeedbackTrace[] {
  return chainsOf(study).flatMap(({ shown, withdrawn }) => (withdrawn ? [] : shown));
}

function beforeOf({ by, replaces }: FeedbackTrace, feedback: Said["feedback"]): FeedbackTrace | undefined {
  return replaces === undefined ? undefined : feedback.get(`${by}/${replaces}`);
}
