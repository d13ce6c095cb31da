/** Answers to feedback, that it was read, and the check that comments and messages share. */
import { COMMENT_TEXT_CHARACTERS_MAX } from "../contracts/limits.ts";
import { append } from "../db/append.ts";
import { studyScope } from "../domain/ids.ts";
import { countCharacters, wellFormedText } from "../domain/well-formed.ts";
import type { Session } from "./session.ts";
import type { UnsentWords } from "./unsent-words.ts";

export type CommentResult = { ok: true } | { ok: false; code: "too_long" | "empty" };

/** `unsent`: the field that holds the words until they are sent. */
export async function answerFeedback(session: Session, feedback: string, text: string, unsent?: UnsentWords): Promise<CommentResult> {
  const checked = checkComment(text);
  if (!checked.ok) return checked;
  const payload = { feedback, text: checked.text };
  await append(
    session.db,
    session.app.ports.clock,
    [
      {
        scope: studyScope(session.person.id),
        kind: "feedback_answered/1",
        payload,
      },
    ],
    unsent?.sent(text),
  );
  void session.app.ports.space.persist();
  return { ok: true };
}

export function checkComment(typed: string): { ok: true; text: string } | { ok: false; code: "too_long" | "empty" } {
  const text = wellFormedText(typed);
  if (text.trim() === "") return { ok: false, code: "empty" };
  return countCharacters(text) > COMMENT_TEXT_CHARACTERS_MAX ? { ok: false, code: "too_long" } : { ok: true, text };
}

/** Reading again writes nothing. */
export async function markRead(session: Session, feedback: string): Promise<void> {
  const scope = studyScope(session.person.id);
  if ((await session.studies.of(scope)).feedbackRead.has(feedback)) return;
  await append(session.db, session.app.ports.clock, [{ scope, kind: "feedback_read/1", payload: { feedback } }]);
}
