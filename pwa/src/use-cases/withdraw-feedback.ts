/** A mentor takes back what they wrote. Owns one event; the words stay in the log and are shown no more. */
import { append } from "../db/append.ts";
import { studyScope } from "../domain/ids.ts";
import { giveFeedback } from "./caseload.ts";
import type { FeedbackThread } from "./feedback-threads.ts";
import type { Session } from "./session.ts";

export async function withdrawFeedback(session: Session, teacher: string, feedback: string): Promise<void> {
  const scope = studyScope(teacher);
  await append(session.db, session.app.ports.clock, [{ scope, kind: "feedback_withdrawn/1", payload: { feedback } }]);
}

/** The same words again, in the place of those that were withdrawn. */
export async function restoreFeedback(session: Session, teacher: string, thread: FeedbackThread): Promise<void> {
  const { entry, ver, verdict, text, paragraph, feedback } = thread;
  const about = paragraph === undefined ? {} : { paragraph };
  await giveFeedback(session, { teacher, entry, ver, verdict, text, ...about, replaces: feedback });
}
