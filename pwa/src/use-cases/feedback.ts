/** What mentors wrote about the open teacher's entries and was not read yet; `feedback-threads.ts` has the whole talk. */
import { standing } from "../domain/feedback-chains.ts";
import { studyScope } from "../domain/ids.ts";
import { headsOf } from "../domain/journal-graph.ts";
import type { FeedbackTrace } from "../domain/study.ts";
import { excerptOf } from "./excerpt.ts";
import { readNames } from "./names.ts";
import type { Session } from "./session.ts";

export type { FeedbackThread, Verdict } from "./feedback-threads.ts";

export interface FeedbackItem extends FeedbackTrace {
  byName: string;
  /** First words of the entry that it is about. */
  about: string;
}

/** Newest first. Topics: events, pulled. */
export async function listUnread(session: Session): Promise<FeedbackItem[]> {
  const study = await session.studies.of(studyScope(session.person.id));
  const names = await readNames(session);
  return standing(study)
    .filter(({ feedback }) => !study.feedbackRead.has(feedback))
    .map((trace) => ({
      ...trace,
      byName: names(trace.by),
      about: excerptOf(headsOf(study.entries.get(trace.entry)?.values() ?? [])[0]?.text ?? ""),
    }))
    .sort((left, right) => right.atMs - left.atMs);
}
