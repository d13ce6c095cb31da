/**
 * Words that were typed and not sent yet: a comment, a message, an answer. Owns their keeping over a reload, on this device only; journal
 * drafts have their own store and list. Invariant: nothing kept here is ever sent by itself.
 */
import type { AppendOptions } from "../db/append.ts";
import type { Session } from "./session.ts";

/** Stands where an attempt's id would: words are no answer to a question, and no attempt has this name. */
const UNSENT = "unsent";

/** `place` names the field, such as `message:<person>`; empty when nothing was begun there. */
export async function readUnsent(session: Session, place: string): Promise<string> {
  const kept = await session.db.read(["answer_drafts"], async (tx) => await tx.objectStore("answer_drafts").get([UNSENT, place]));
  return typeof kept?.answer === "string" ? kept.answer : "";
}

/** Forgets the place in the transaction that stores what was sent, unless other words stand there by then. */
export function forgetSent(place: string | undefined, text: string): AppendOptions {
  if (place === undefined) return {};
  return {
    also: async (tx) => {
      const store = tx.objectStore("answer_drafts");
      const kept = await store.get([UNSENT, place]);
      if (typeof kept?.answer === "string" && kept.answer.trim() === text.trim()) await store.delete([UNSENT, place]);
    },
  };
}

/** An empty text forgets the place. */
export async function keepUnsent(session: Session, place: string, text: string): Promise<void> {
  await session.db.write(["answer_drafts"], async (tx) => {
    const store = tx.objectStore("answer_drafts");
    if (text === "") await store.delete([UNSENT, place]);
    else await store.put({ attempt: UNSENT, question: place, answer: text });
  });
}
