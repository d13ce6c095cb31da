/** What mentors wrote about the open teacher's entries. */
import { readDeliveries } from "../db/delivery.ts";
import { studyScope } from "../domain/ids.ts";
import { headsOf } from "../domain/journal-graph.ts";
import { type FeedbackThread, threadsOf } from "./feedback-threads.ts";
import { excerptOf } from "./excerpt.ts";
import { readNames } from "./names.ts";
import type { Session } from "./session.ts";

export type { FeedbackThread, Verdict } from "./feedback-threads.ts";

export interface FeedbackItem extends FeedbackThread {
  entryExcerpt: string;
}

/** The open teacher's feedback, unread first, then newest first. Topics: events, pulled. */
export async function listFeedback(session: Session): Promise<FeedbackItem[]> {
  const study = await session.studies.of(studyScope(session.person.id));
  const threads = threadsOf(study, await readDeliveries(session.db), await readNames(session));
  return threads
    .filter(({ withdrawn }) => !withdrawn)
    .map((thread) => ({
      ...thread,
      entryExcerpt: excerptOf(headsOf(study.entries.get(thread.entry)?.values() ?? [])[0]?.text ?? ""),
    }))
    .sort((left, right) => Number(left.read) - Number(right.read) || right.givenMs - left.givenMs);
}
