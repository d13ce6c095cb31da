/**
 * An answer that is being given and was not submitted: kept over a reload. Owns where; a reflection's words go where two windows that write at
 * once do not overwrite each other, of a choice the later stands.
 */
import type { Question } from "../../contracts/quiz.ts";
import { type Stash, stashOf } from "../../ui/stash.ts";
import { keepReflection, reflectionWords } from "../../use-cases/aside-words.ts";
import type { Session } from "../../use-cases/session.ts";
import { type Answer, type QuizView, readAnswerDraft, saveAnswerDraft } from "../../use-cases/take-quiz.ts";
import type { UnsentWords, Upon } from "../../use-cases/unsent-words.ts";

export interface AnswerKeeper {
  /** Of a reflection. */
  words: UnsentWords | undefined;
  stash: Pick<Stash<Answer>, "put" | "drop">;
  keep(answer: Answer): Promise<void>;
  /** `hold` is to be called once the answer is shown. */
  read(): Promise<{ answer: Answer; hold: () => void } | null>;
  /** What a reload overtook on its way; the keeper goes on from it. */
  left(): Answer | undefined;
}

export function answerKeeperOf(session: Session, quiz: QuizView, question: Question): AnswerKeeper {
  const words = question.kind === "reflection" ? reflectionWords(session, quiz, question.id) : undefined;
  // Bare: left by an app of before windows were kept apart, which did not say upon what it was typed.
  const stash = stashOf<{ answer: Answer; upon?: Upon } | Answer>(() => `${session.person.id} answer:${quiz.attempt}/${question.id}`);
  let isBare = false;
  const put = (answer: Answer) => stash.put({ answer, ...(words === undefined ? {} : { upon: words.leaving(String(answer)) }) });
  return {
    words,
    stash: { put, drop: () => stash.drop() },
    async keep(answer) {
      if (words === undefined) return await saveAnswerDraft(session, quiz.attempt, question.id, answer);
      const text = String(answer);
      if (isBare) {
        const stored = await words.read();
        if (text.startsWith(stored.text)) words.upon = stored.upon;
        isBare = false;
        put(answer);
      }
      await keepReflection(session, quiz, question, words, text);
    },
    async read() {
      if (words === undefined) {
        const answer = await readAnswerDraft(session, quiz.attempt, question.id);
        return answer === null ? null : { answer, hold: () => undefined };
      }
      const { text, upon } = await words.read();
      const hold = (): void => {
        words.upon = upon;
      };
      return text === "" ? null : { answer: text, hold };
    },
    left() {
      const left = stash.find();
      if (left === undefined) return undefined;
      const bare = typeof left !== "object" || Array.isArray(left);
      isBare = bare;
      if (bare) return left;
      if (words !== undefined && left.upon !== undefined) words.upon = left.upon;
      return left.answer;
    },
  };
}
