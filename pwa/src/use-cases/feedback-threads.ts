/** Feedback with its answers, as threads. Owns the view that teacher and mentor share. Pure over a folded study. */
import type { Delivery, DeliveryBook } from "../db/delivery.ts";
import { headsOf } from "../domain/journal-graph.ts";
import type { FeedbackTrace, Study } from "../domain/study.ts";
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
  givenMs: number;
  read: boolean;
  /** True when the version that was read is not the newest any more. */
  olderVersion: boolean;
  delivery: Delivery;
  answers: { text: string; atMs: number; delivery: Delivery }[];
}

/** Oldest first; of one entry, or of all. */
export function threadsOf(study: Study, book: DeliveryBook, names: Names, entry?: string): FeedbackThread[] {
  return [...study.feedback.values()]
    .filter((trace) => entry === undefined || trace.entry === entry)
    .sort((left, right) => left.atMs - right.atMs)
    .map((trace) => threadOf(trace, study, book, names));
}

function threadOf(trace: FeedbackTrace, study: Study, book: DeliveryBook, names: Names): FeedbackThread {
  const heads = headsOf(study.entries.get(trace.entry)?.values() ?? []);
  const answers = [...(study.feedbackAnswers.get(trace.feedback)?.values() ?? [])].sort((left, right) => left.atMs - right.atMs);
  return {
    feedback: trace.feedback,
    entry: trace.entry,
    ver: trace.ver,
    verdict: trace.verdict,
    text: trace.text,
    ...(trace.paragraph === undefined ? {} : { paragraph: trace.paragraph }),
    byPerson: trace.by,
    byName: names(trace.by),
    givenMs: trace.atMs,
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
