/**
 * Taking a quiz: an attempt is resumed where it was, judged by the version it began with. Owns the attempt's life; `domain/grade.ts` the score.
 * Invariant: an answer is durable before its grade is shown, and a version that an attempt needs stays on the phone.
 */
import type { Manifest } from "../contracts/manifest.ts";
import type { Question, Quiz } from "../contracts/quiz.ts";
import { append, type NewEvent } from "../db/append.ts";
import { unlessFull } from "../db/database.ts";
import { findInstalled } from "../db/find-installed.ts";
import { findManifest } from "../db/packs.ts";
import { unpinAttempt } from "../db/pinned-attempts.ts";
import { asShown, type QuizResult, resultOf } from "../domain/attempt.ts";
import type { StreamEvent } from "../domain/event.ts";
import { studyScope } from "../domain/ids.ts";
import { type Answer, type Graded, judgeAnswer } from "../domain/judge-answer.ts";
import { BlobStore } from "../packs/blob-store.ts";
import { keepAside, keepLeftAside } from "./aside-words.ts";
import { dropAttempt, openAttempt, readAttempt, touchAttempt, traceOf } from "./attempts.ts";
import { editionOf } from "./pack-shelf.ts";
import type { Session } from "./session.ts";
import type { UnsentWords } from "./unsent-words.ts";

export type { QuizResult } from "../domain/attempt.ts";
export type { Answer, Graded } from "../domain/judge-answer.ts";

export interface AnsweredQuestion {
  answer: Answer;
  graded: Graded;
}

/** The answer that counts. */
export interface StandingAnswer extends AnsweredQuestion {
  /** Present where it is another one than was given here. `draft`: of the journal, with the words that were written here. */
  elsewhere?: { draft?: string };
}

export interface QuizView {
  pack: string;
  version: number;
  lesson: string;
  language: string;
  title: string;
  attempt: string;
  /** What must be ordered or matched is already shuffled by the attempt's id; the same order after every reload. */
  questions: Question[];
  /** By question id. */
  answered: Record<string, AnsweredQuestion>;
  /** Index of the first question without an answer; questions.length when all are answered. */
  at: number;
}

export type QuizOpened = { ok: true; quiz: QuizView } | { ok: false; code: "not_installed" | "no_quiz" | "damaged" };

/** Longer than this, the person was elsewhere. */
const DURATION_MS_MAX = 60 * 60_000;

/** Resumes an unfinished attempt of this person, on this device, or begins one. */
export async function openQuiz(session: Session, pack: string, lesson: string, language: string): Promise<QuizOpened> {
  const record = await openAttempt(session, pack, lesson, language);
  if (record === undefined) return { ok: false, code: "not_installed" };
  await keepLeftAside(session).catch(unlessFull);
  const manifest = await findManifest(session.app.device, record.manifest);
  if (manifest === undefined) return { ok: false, code: "damaged" };
  const found = await readQuiz(session, manifest, lesson, language);
  if (typeof found === "string") {
    // An attempt without a quiz must not stand in the way of the next one.
    await dropAttempt(session, record);
    return { ok: false, code: found };
  }
  const trace = await traceOf(session, record.attempt);
  const questions = found.quiz.questions.map((question) => asShown(question, record.attempt));
  const answered: Record<string, AnsweredQuestion> = {};
  for (const question of found.quiz.questions) {
    const answer = trace?.answers.get(question.id)?.answer as Answer | undefined;
    if (answer !== undefined) answered[question.id] = { answer, graded: judgeAnswer(question, answer) };
  }
  const first = questions.findIndex((question) => answered[question.id] === undefined);
  await touchAttempt(session, record);
  return {
    ok: true,
    quiz: {
      pack,
      version: record.version,
      lesson,
      language: found.language,
      title: found.title,
      attempt: record.attempt,
      questions,
      answered,
      at: first === -1 ? questions.length : first,
    },
  };
}

/**
 * Stores the answer, then grades it. Answering the same question of an attempt again, as another window may, returns the first answer and its
 * grade; a reflection's words are not lost then. `words`: where they were kept until now.
 */
export async function answerQuestion(
  session: Session,
  quiz: QuizView,
  question: string,
  answer: Answer,
  words?: UnsentWords,
): Promise<StandingAnswer> {
  const asked = await findQuestion(session, quiz, question);
  const first = async () => (await traceOf(session, quiz.attempt))?.answers.get(question);
  const before = await first();
  const [event] = before === undefined ? await appendAnswer(session, quiz, asked, answer) : [];
  // Looked at once more: another window may have answered between the look and the storing.
  const counts = before ?? (await first());
  if (counts !== undefined && (counts.stream !== event?.stream || counts.seq !== event.seq)) {
    const given = counts.answer as Answer;
    return { answer: given, graded: judgeAnswer(asked, given), ...(await leftOver(session, quiz, asked, given, answer, words)) };
  }
  // Only now: until it is known that they count, the words are where they are found again.
  await words?.keep("").catch(unlessFull);
  return { answer, graded: judgeAnswer(asked, answer) };
}

async function appendAnswer(session: Session, quiz: QuizView, asked: Question, answer: Answer): Promise<StreamEvent[]> {
  const question = asked.id;
  const { clock } = session.app.ports;
  const nowMs = clock.nowMs();
  const record = await readAttempt(session, quiz.pack, quiz.lesson);
  // In tenths of a second: nobody reads more, and it goes over the line for every question.
  const durationMs = Math.floor(Math.min(DURATION_MS_MAX, Math.max(0, nowMs - (record?.shownMs ?? nowMs))) / 100) * 100;
  const payload = {
    pack: quiz.pack,
    version: quiz.version,
    lesson: quiz.lesson,
    attempt: quiz.attempt,
    question,
    kind: asked.kind,
    language: quiz.language,
    answer,
    score: judgeAnswer(asked, answer).score,
    duration_ms: durationMs,
  };
  return await append(session.db, clock, [{ scope: studyScope(session.person.id), kind: "question_answered/1", payload }], {
    also: async (tx) => {
      if (asked.kind !== "reflection") await tx.objectStore("answer_drafts").delete([quiz.attempt, question]);
      const now = await tx.objectStore("attempts").get([quiz.pack, quiz.lesson]);
      if (now?.attempt === quiz.attempt) await tx.objectStore("attempts").put({ ...now, shownMs: nowMs });
    },
  });
}

/** Another window was faster: what was written here goes where it is found. */
async function leftOver(
  session: Session,
  quiz: QuizView,
  question: Question,
  given: Answer,
  answer: Answer,
  words: UnsentWords | undefined,
): Promise<Pick<StandingAnswer, "elsewhere">> {
  if (JSON.stringify(given) === JSON.stringify(answer)) return {};
  if (words === undefined || textIn(answer).trim() === "") return { elsewhere: {} };
  const draft = await keepAside(session, quiz, question, textIn(answer));
  await words.keep("");
  return { elsewhere: { draft } };
}

function textIn(answer: Answer): string {
  return typeof answer === "string" ? answer : "";
}

/** Finishing again returns the same result and writes nothing. */
export async function finishQuiz(session: Session, quiz: QuizView): Promise<QuizResult> {
  const trace = await traceOf(session, quiz.attempt);
  const result = resultOf(quiz.questions, trace);
  if (trace?.finished === undefined) {
    const payload = {
      pack: quiz.pack,
      version: quiz.version,
      lesson: quiz.lesson,
      attempt: quiz.attempt,
      score: result.score,
      score_max: result.scoreMax,
    };
    const event: NewEvent = { scope: studyScope(session.person.id), kind: "quiz_finished/1", payload };
    await append(session.db, session.app.ports.clock, [event], {
      also: async (tx) => {
        const now = await tx.objectStore("attempts").get([quiz.pack, quiz.lesson]);
        if (now?.attempt === quiz.attempt) await tx.objectStore("attempts").delete([quiz.pack, quiz.lesson]);
      },
    });
    void session.app.ports.space.persist();
  }
  await keepLeftAside(session, quiz.attempt, quiz.questions).catch(unlessFull);
  await unpinAttempt(session.app.device, quiz.attempt);
  return result;
}

/** Keeps a half-typed or half-clicked answer over a reload; cleared by answerQuestion. */
export async function saveAnswerDraft(session: Session, attempt: string, question: string, answer: Answer): Promise<void> {
  await session.db.write(["answer_drafts"], async (tx) => {
    await tx.objectStore("answer_drafts").put({ attempt, question, answer });
  });
}

export async function readAnswerDraft(session: Session, attempt: string, question: string): Promise<Answer | null> {
  const draft = await session.db.read(["answer_drafts"], async (tx) => await tx.objectStore("answer_drafts").get([attempt, question]));
  return (draft?.answer as Answer | undefined) ?? null;
}

async function readQuiz(
  session: Session,
  manifest: Manifest,
  lesson: string,
  wanted: string,
): Promise<{ quiz: Quiz; language: string; title: string } | "no_quiz" | "damaged"> {
  const found = editionOf(manifest, lesson, wanted);
  if (found?.edition.quiz === undefined) return "no_quiz";
  const text = await new BlobStore(session.app.ports.caches).text(found.edition.quiz);
  return text === undefined
    ? "damaged"
    : {
        quiz: JSON.parse(text) as Quiz,
        language: found.language,
        title: found.edition.title,
      };
}

/** The question as it stands in the pack: grading needs the right order, not the shown one. */
async function findQuestion(session: Session, quiz: QuizView, question: string): Promise<Question> {
  const record = await readAttempt(session, quiz.pack, quiz.lesson);
  const hash = record?.attempt === quiz.attempt ? record.manifest : (await findInstalled(session.app.device, quiz.pack))?.manifest;
  const manifest = hash === undefined ? undefined : await findManifest(session.app.device, hash);
  const found = manifest === undefined ? "damaged" : await readQuiz(session, manifest, quiz.lesson, quiz.language);
  const asked = typeof found === "string" ? undefined : found.quiz.questions.find((each) => each.id === question);
  if (asked === undefined) throw new Error(`the question ${question} is not in the pack any more`);
  return asked;
}
