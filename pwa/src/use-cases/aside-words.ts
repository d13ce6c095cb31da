/**
 * What was written for a question that another window has answered meanwhile. Owns its way to the journal's drafts, where its writer finds it;
 * not which answer counts. Invariant: words are taken out of the answer's place only with, or after, their storing as a draft.
 */
import type { Question } from "../contracts/quiz.ts";
import type { PersonStore, PersonTx } from "../db/person-schema.ts";
import { announce } from "../db/topics.ts";
import { studyScope } from "../domain/ids.ts";
import { readAttempt } from "./attempts.ts";
import { contentOf, type Draft } from "./drafts.ts";
import type { Session } from "./session.ts";
import { UNSENT, UnsentWords } from "./unsent-words.ts";

interface Asked {
  pack: string;
  lesson: string;
  attempt: string;
}

/** What the answer to a choice or a number may look like, and nobody's thoughts do. */
const NO_WORDS = /^[\w.,-]*$/;

/** The place of one reflection's words until they are submitted. */
export function reflectionWords(session: Session, quiz: Asked, question: string): UnsentWords {
  return new UnsentWords(session, question, quiz.attempt);
}

/** Keeps a reflection that is being written. Where its attempt has ended meanwhile no screen would show it again: it goes on as a draft. */
export async function keepReflection(session: Session, quiz: Asked, question: Question, words: UnsentWords, text: string): Promise<void> {
  const { held, tried } = words.upon;
  await words.keep(text);
  if (text.trim() === "" || (await readAttempt(session, quiz.pack, quiz.lesson))?.attempt === quiz.attempt) return;
  const { upon } = words;
  await keepAside(session, quiz, question, text, [...Object.values(held), ...tried]);
  await words.keep("");
  // The draft holds it now, and the next words are to take its place there.
  words.upon = upon;
}

/** Returns the draft's name. The same words for the same question are one draft; so is what they were typed on from, `over`. */
export async function keepAside(
  session: Session,
  quiz: Asked,
  question: Question,
  text: string,
  over: readonly string[] = [],
): Promise<string> {
  const { pack, lesson } = quiz;
  const draft = { draft: draftName(quiz.attempt, question.id), parents: [], text, prompt: question.stem, pack, lesson };
  const changedMs = session.app.ports.clock.nowMs();
  const name = await session.db.write(["drafts"], async (tx) => await putAside(tx, { ...draft, changedMs }, over));
  announce(["drafts"]);
  return name;
}

/**
 * Of attempts that have ended: what was written for them and is not in the answer that counts becomes drafts, the rest is forgotten. `asked`:
 * the questions of `attempt`, for the prompt.
 */
export async function keepLeftAside(session: Session, attempt?: string, asked: readonly Question[] = []): Promise<void> {
  const ended = await session.db.read(["attempts", "answer_drafts"], async (tx) => {
    const begun = new Set((await tx.objectStore("attempts").getAll()).map((each) => each.attempt));
    const kept = await tx.objectStore("answer_drafts").getAll();
    return new Set(kept.map((each) => each.attempt).filter((name) => name !== UNSENT && !begun.has(name)));
  });
  if (ended.size === 0) return;
  // Read after the attempts: of one that has ended every answer is there.
  const { attempts: traces } = await session.studies.of(studyScope(session.person.id));
  const changedMs = session.app.ports.clock.nowMs();
  await session.db.write(["answer_drafts", "drafts"], async (tx) => {
    const store = tx.objectStore("answer_drafts");
    for (const record of (await store.getAll()).filter((each) => ended.has(each.attempt))) {
      const question = record.question.replace(/[~ ].*$/, "");
      const trace = traces.get(record.attempt);
      const given = trace?.answers.get(question);
      const text = typeof record.answer === "string" ? record.answer : "";
      // Of an attempt whose quiz is damaged nobody knows what was asked.
      if (given === undefined && NO_WORDS.test(text.trim())) continue;
      const isGiven = given !== undefined && (given.kind !== "reflection" || String(given.answer).includes(text.trim()));
      if (!isGiven) {
        const stem = record.attempt === attempt ? asked.find(({ id }) => id === question)?.stem : undefined;
        const about = { ...(stem === undefined ? {} : { prompt: stem }), ...(trace && { pack: trace.pack, lesson: trace.lesson }) };
        await putAside(tx, { draft: draftName(record.attempt, question), parents: [], text, ...about, changedMs });
      }
      await store.delete([record.attempt, record.question]);
    }
  });
  announce(["drafts"]);
}

function draftName(attempt: string, question: string): string {
  return `answer:${attempt}/${question}`;
}

/** Under the draft's name, or that with a number where other words stand. */
async function putAside(tx: PersonTx<"drafts" | PersonStore>, draft: Draft, over: readonly string[] = []): Promise<string> {
  const store = tx.objectStore("drafts");
  const base = draft.draft;
  const range = IDBKeyRange.bound(base, `${base}~\uffff`);
  const there = (await store.getAll(range)).filter((each) => each.draft === base || each.draft.startsWith(`${base}~`));
  const mine = there.find((each) => contentOf(each) === draft.text) ?? there.find((each) => over.includes(contentOf(each)));
  const taken = new Set(there.map((each) => each.draft));
  let name = mine?.draft ?? base;
  for (let number = 1; mine === undefined && taken.has(name); number += 1) name = `${base}~${number}`;
  await store.put({ ...mine, ...draft, draft: name });
  return name;
}
