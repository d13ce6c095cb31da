/** Feedback with its answers, as threads. Owns the view that teacher and mentor share. Pure over a folded study. */
import type { Delivery, DeliveryBook } from "../db/delivery.ts";
import { chainsOf, type FeedbackChain } from "../domain/feedback-chains.ts";
import { headsOf } from "../domain/journal-graph.ts";
import type { Study } from "../domain/study.ts";
import type { Names } from "./names.ts";

export type Verdict = "accept" | "revise" | "talk" | "comment";

export interface FeedbackThread {
  feedback: string;
  entry: string;
  /** The version that the mentor had read. */
  ver: string;
  verdict: Verdict;
  text: string;
  paragraph?: number;
  byPerson: string;
  byName: string;
  /** When it was first given; where it was changed, `changedMs` says when. */
  givenMs: number;
  changedMs?: number;
  /** Taken back by its writer; its words are not shown any more. */
  withdrawn: boolean;
  read: boolean;
  /** True when the version that was read is not the newest any more. */
  olderVersion: boolean;
  delivery: Delivery;
  answers: { text: string; atMs: number; delivery: Delivery }[];
}

/** Oldest first; of one entry, or of all. */
export function threadsOf(study: Study, book: DeliveryBook, names: Names, entry?: string): FeedbackThread[] {
  return chainsOf(study)
    .filter(({ shown }) => entry === undefined || shown.entry === entry)
    .map((chain) => threadOf(chain, study, book, names))
    .sort((left, right) => left.givenMs - right.givenMs);
}

function threadOf({ shown: trace, earlier, withdrawn }: FeedbackChain, study: Study, book: DeliveryBook, names: Names): FeedbackThread {
  const said = [trace, ...earlier];
  const heads = headsOf(study.entries.get(trace.entry)?.values() ?? []);
  const answers = said
    .flatMap(({ feedback }) => [...(study.feedbackAnswers.get(feedback)?.values() ?? [])])
    .sort((left, right) => left.atMs - right.atMs);
  return {
    feedback: trace.feedback,
    entry: trace.entry,
    ver: trace.ver,
    verdict: trace.verdict,
    text: trace.text,
    ...(trace.paragraph === undefined ? {} : { paragraph: trace.paragraph }),
    byPerson: trace.by,
    byName: names(trace.by),
    givenMs: said[earlier.length]?.atMs ?? trace.atMs,
    ...(earlier.length > 0 ? { changedMs: trace.atMs } : {}),
    withdrawn,
    read: study.feedbackRead.has(trace.feedback),
    olderVersion: heads.length > 0 && !heads.some((head) => head.ver === trace.ver),
    delivery: book.of(trace),
    answers: answers.map((answer) => ({
      text: answer.text,
      atMs: answer.atMs,
      delivery: book.of(answer),
    })),
  };
}
