/**
 * What was written for a question that another window has answered meanwhile. Owns its way to the journal's drafts, where its writer finds it;
 * not which answer counts. Invariant: words are taken out of the answer's place only after they are stored as a draft.
 */
import type { Question } from "../contracts/quiz.ts";
import { saveDraft } from "./drafts.ts";
import type { Session } from "./session.ts";
import { UnsentWords } from "./unsent-words.ts";

interface Asked {
  pack: string;
  lesson: string;
  attempt: string;
}

/** The place of one reflection's words until they are submitted. */
export function reflectionWords(session: Session, quiz: Asked, question: string): UnsentWords {
  return new UnsentWords(session, question, quiz.attempt);
}

/** Returns the draft's name. The same words for the same question are one draft. */
export async function keepAside(session: Session, quiz: Asked, question: Question, text: string): Promise<string> {
  const { pack, lesson } = quiz;
  const base = `answer:${quiz.attempt}/${question.id}`;
  let draft = base;
  for (let number = 1; !(await saveDraft(session, { draft, parents: [], text, prompt: question.stem, pack, lesson }, [text])); number += 1)
    draft = `${base}~${number}`;
  return draft;
}

/** Keeps aside what is left of the reflections of a quiz that `answerOf` says are answered with other words. */
export async function keepLeftAside(
  session: Session,
  quiz: Asked & { questions: readonly Question[] },
  answerOf: (question: string) => unknown,
): Promise<void> {
  for (const question of quiz.questions.filter(({ kind }) => kind === "reflection")) {
    const words = reflectionWords(session, quiz, question.id);
    const { text, upon } = await words.read();
    const given = answerOf(question.id);
    if (text.trim() === "" || (typeof given === "string" && given.includes(text.trim()))) continue;
    await keepAside(session, quiz, question, text);
    words.upon = upon;
    await words.keep("");
  }
}
