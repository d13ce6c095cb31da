/** Short messages between a teacher and the mentor, in the teacher's scope. */
import { append } from "../db/append.ts";
import { type Delivery, readDeliveries } from "../db/delivery.ts";
import { newThingId, studyScope } from "../domain/ids.ts";
import type { Trace } from "../domain/trace.ts";
import { type CommentResult, checkComment } from "./comments.ts";
import { readNames } from "./names.ts";
import type { Session } from "./session.ts";
import type { UnsentWords } from "./unsent-words.ts";

export interface MessageView {
  message: string;
  text: string;
  byPerson: string;
  byName: string;
  mine: boolean;
  sentMs: number;
  delivery: Delivery;
  pack?: string;
  lesson?: string;
}

/** `teacher`: whose thread; a teacher reads their own. Oldest first. Topics: events, pulled. */
export async function listMessages(session: Session, teacher: string): Promise<MessageView[]> {
  const study = await session.studies.of(studyScope(teacher));
  const [book, names] = [await readDeliveries(session.db), await readNames(session)];
  // What has not arrived is the newest, whatever a clock that fell back says of it: its writer looks for it at the end.
  const waits = (trace: Trace) => Number(book.of(trace) === "waiting" || book.of(trace) === "at_hub");
  return [...study.messages.values()]
    .sort((left, right) => waits(left) - waits(right) || left.atMs - right.atMs)
    .map((trace) => ({
      message: trace.message,
      text: trace.text,
      byPerson: trace.by,
      byName: names(trace.by),
      mine: trace.by === session.person.id,
      sentMs: trace.atMs,
      delivery: book.of(trace),
      ...(trace.pack === undefined ? {} : { pack: trace.pack }),
      ...(trace.lesson === undefined ? {} : { lesson: trace.lesson }),
    }));
}

/** `unsent`: the field that holds the words until they are sent. */
export async function sendMessage(
  session: Session,
  teacher: string,
  text: string,
  about?: { pack: string; lesson: string },
  unsent?: UnsentWords,
): Promise<CommentResult> {
  const checked = checkComment(text);
  if (!checked.ok) return checked;
  const payload = {
    message: newThingId(session.app.ports.random),
    text: checked.text,
    ...about,
  };
  const { clock, space } = session.app.ports;
  await append(session.db, clock, [{ scope: studyScope(teacher), kind: "message_sent/1", payload }], unsent?.sent(text));
  void space.persist();
  return { ok: true };
}
