/**
 * What a teacher has read and answered, as the mentor sees it. Owns the names that it goes by: the words of lessons and questions where the pack is
 * on this phone, else what the catalogue and the ids tell, and which packs would tell the rest.
 */
import type { Study } from "../domain/study.ts";
import { type LessonName, readLessonBook, readQuestionStems } from "./lesson-names.ts";
import { type PackView, readCatalogue } from "./read-catalogue.ts";
import type { Session } from "./session.ts";

interface About {
  pack: string;
  lesson: string;
  name: LessonName;
}

export interface TeacherProgress {
  quizzes: (About & { score: number; scoreMax: number; finishedMs: number })[];
  /** What was written where there is no right answer. `stem`: the question, where the version that was answered is here. */
  reflections: (About & { question: string; stem?: string; text: string; atMs: number })[];
  lessonsFinished: (About & { finishedMs: number })[];
  /** Packs of all these that this phone lacks and the catalogue has. */
  missing: PackView[];
}

/** Each newest first. Topics: events, pulled, rows, packs, downloads. */
export async function readProgress(session: Session, study: Study, language: string): Promise<TeacherProgress> {
  const book = await readLessonBook(session, language);
  const about = ({ pack, lesson }: { pack: string; lesson: string }): About => ({ pack, lesson, name: book(pack, lesson) });
  const attempts = [...study.attempts.values()];
  const quizzes = attempts.flatMap(({ finished, ...attempt }) =>
    finished === undefined ? [] : [{ ...about(attempt), score: finished.score, scoreMax: finished.scoreMax, finishedMs: finished.atMs }],
  );
  const stems = await readQuestionStems(session, attempts, language);
  const reflections = attempts.flatMap((attempt) => {
    const name = book(attempt.pack, attempt.lesson, attempt.version);
    return [...attempt.answers.values()].flatMap(({ question, kind, answer, atMs }) => {
      if (kind !== "reflection" || typeof answer !== "string") return [];
      const stem = stems(attempt, question);
      return [{ ...about(attempt), name, question, ...(stem === undefined ? {} : { stem }), text: answer, atMs }];
    });
  });
  const lessonsFinished = [...study.lessons.values()].flatMap(({ finishedMs, ...lesson }) =>
    finishedMs === undefined ? [] : [{ ...about(lesson), finishedMs }],
  );
  const shown = new Set([...quizzes, ...reflections, ...lessonsFinished].map(({ pack }) => pack));
  const catalogue = await readCatalogue(session, language);
  return {
    quizzes: quizzes.sort((left, right) => right.finishedMs - left.finishedMs),
    reflections: reflections.sort((left, right) => right.atMs - left.atMs),
    lessonsFinished: lessonsFinished.sort((left, right) => right.finishedMs - left.finishedMs),
    missing: catalogue.filter(
      ({ slug, installedVersion, state }) => shown.has(slug) && installedVersion === undefined && state !== "recalled",
    ),
  };
}
