/**
 * What now? One step: what was begun comes before what is new, a person who waits before everything. Owns the order. Pure.
 */
import { standing } from "./feedback-chains.ts";
import { isUnanswered } from "./revision.ts";
import { type FeedbackTrace, lessonKey, type Study } from "./study.ts";

export type Step =
  | {
      kind: "resume-quiz";
      pack: string;
      lesson: string;
      title: string;
      packTitle: string;
      /** Questions without an answer; 0 when only the result is left to be seen. */
      left: number;
      minutes: number;
    }
  | {
      kind: "resume-lesson" | "take-quiz" | "start-lesson";
      pack: string;
      lesson: string;
      title: string;
      packTitle: string;
      minutes: number;
      left?: never;
    }
  | {
      kind: "write-journal";
      pack: string;
      lesson: string;
      title: string;
      packTitle: string;
      minutes: number;
      prompt: string;
      draft: string;
    }
  /** The mentor asked for more, and no newer version answers it. */
  | { kind: "revise-entry"; entry: string; text: string; minutes: number }
  | { kind: "finish-draft"; draft: string; excerpt: string; minutes: number }
  | { kind: "install-pack"; pack: string; title: string; bytes: number }
  | {
      kind: "review-entry";
      teacher: string;
      teacherName: string;
      entry: string;
      waiting: number;
    };

interface StepLesson {
  lesson: string;
  title: string;
  minutes: number;
  /** 0 when there is no quiz. */
  questions: number;
  prompt: string;
}

export interface StepSources {
  nowMs: number;
  /** Without a network only what is here can be done. */
  online: boolean;
  study: Study;
  /** Unfinished attempts of this device. */
  attempts: readonly {
    pack: string;
    lesson: string;
    attempt: string;
    shownMs: number;
  }[];
  places: readonly { pack: string; lesson: string; changedMs: number }[];
  drafts: readonly { draft: string; excerpt: string; changedMs: number }[];
  /** Installed packs, the most urgent first. */
  packs: readonly {
    pack: string;
    title: string;
    lessons: readonly StepLesson[];
  }[];
  /** Packs that were given and are not here. */
  installable: readonly { pack: string; title: string; bytes: number }[];
  /** Entries that wait for this mentor, the most urgent first. */
  reviews: readonly {
    teacher: string;
    teacherName: string;
    entry: string;
    waiting: number;
  }[];
}

const MINUTES_PER_QUESTION = 0.7;
const JOURNAL_MINUTES = 7;
const DRAFT_MINUTES = 5;
const REVISE_MINUTES = 5;
/** A draft that was left longer than this waits behind everything else. */
const DRAFT_FRESH_MS = 2 * 86_400_000;

export function chooseStep(from: StepSources): Step | null {
  return (
    reviewStep(from) ??
    reviseStep(from) ??
    quizUnderWay(from) ??
    draftStep(from, from.nowMs - DRAFT_FRESH_MS) ??
    lessonUnderWay(from) ??
    afterLesson(from) ??
    (from.online ? installStep(from) : undefined) ??
    newLesson(from) ??
    draftStep(from, -Infinity) ??
    installStep(from) ??
    null
  );
}

function reviewStep({ reviews }: StepSources): Step | undefined {
  return reviews[0] === undefined ? undefined : { kind: "review-entry", ...reviews[0] };
}

/** The request that has waited longest; a later "accepted" or a newer version with words of its own answers it. */
function reviseStep({ study }: StepSources): Step | undefined {
  const asked = new Map<string, FeedbackTrace>();
  for (const each of latest(standing(study), (trace) => trace.atMs)) {
    if (asked.has(each.entry) || (each.verdict !== "revise" && each.verdict !== "accept")) continue;
    asked.set(each.entry, each);
  }
  const open = [...asked.values()]
    .filter(({ entry, ver, verdict }) => verdict === "revise" && isUnanswered(study.entries.get(entry), ver))
    .pop();
  return open === undefined ? undefined : { kind: "revise-entry", entry: open.entry, text: open.text, minutes: REVISE_MINUTES };
}

function quizUnderWay(from: StepSources): Step | undefined {
  for (const attempt of latest(from.attempts, (each) => each.shownMs)) {
    const found = findLesson(from, attempt.pack, attempt.lesson);
    const answered = from.study.attempts.get(attempt.attempt);
    if (found === undefined || answered === undefined || answered.finished !== undefined) continue;
    const left = Math.max(0, found.lesson.questions - answered.answers.size);
    return {
      kind: "resume-quiz",
      ...aboutLesson(found),
      left,
      minutes: quizMinutes(left),
    };
  }
  return undefined;
}

function draftStep({ drafts }: StepSources, sinceMs: number): Step | undefined {
  const [draft] = latest(drafts, (each) => each.changedMs);
  return draft === undefined || draft.changedMs < sinceMs
    ? undefined
    : {
        kind: "finish-draft",
        draft: draft.draft,
        excerpt: draft.excerpt,
        minutes: DRAFT_MINUTES,
      };
}

function lessonUnderWay(from: StepSources): Step | undefined {
  for (const place of latest(from.places, (each) => each.changedMs)) {
    const found = findLesson(from, place.pack, place.lesson);
    if (found === undefined || isFinished(from.study, place.pack, place.lesson)) continue;
    return {
      kind: "resume-lesson",
      ...aboutLesson(found),
      minutes: found.lesson.minutes,
    };
  }
  return undefined;
}

/** A lesson that was read wants its quiz, then its line in the log. */
function afterLesson(from: StepSources): Step | undefined {
  const { study } = from;
  const finished = latest(
    [...study.lessons.values()].filter((trace) => trace.finishedMs !== undefined),
    (trace) => trace.finishedMs ?? 0,
  );
  for (const trace of finished) {
    const found = findLesson(from, trace.pack, trace.lesson);
    if (found === undefined) continue;
    const isSame = (each: { pack?: string; lesson?: string }): boolean => each.pack === trace.pack && each.lesson === trace.lesson;
    const tried = [...study.attempts.values()].some((attempt) => isSame(attempt) && attempt.finished !== undefined);
    if (found.lesson.questions > 0 && !tried)
      return {
        kind: "take-quiz",
        ...aboutLesson(found),
        minutes: quizMinutes(found.lesson.questions),
      };
    const wrote = [...study.entries.values()].some((versions) => [...versions.values()].some(isSame));
    if (wrote) continue;
    const draft = `new:${lessonKey(trace.pack, trace.lesson)}`;
    return {
      kind: "write-journal",
      ...aboutLesson(found),
      minutes: JOURNAL_MINUTES,
      prompt: found.lesson.prompt,
      draft,
    };
  }
  return undefined;
}

function installStep({ installable }: StepSources): Step | undefined {
  return installable[0] === undefined ? undefined : { kind: "install-pack", ...installable[0] };
}

function newLesson(from: StepSources): Step | undefined {
  for (const pack of from.packs) {
    const lesson = pack.lessons.find((each) => !isFinished(from.study, pack.pack, each.lesson));
    if (lesson !== undefined)
      return {
        kind: "start-lesson",
        ...aboutLesson({ pack, lesson }),
        minutes: lesson.minutes,
      };
  }
  return undefined;
}

interface FoundLesson {
  pack: { pack: string; title: string };
  lesson: StepLesson;
}

function findLesson(from: StepSources, pack: string, lesson: string): FoundLesson | undefined {
  const found = from.packs.find((each) => each.pack === pack);
  const its = found?.lessons.find((each) => each.lesson === lesson);
  return found === undefined || its === undefined ? undefined : { pack: found, lesson: its };
}

function aboutLesson({ pack, lesson }: FoundLesson): { pack: string; lesson: string; title: string; packTitle: string } {
  return { pack: pack.pack, lesson: lesson.lesson, title: lesson.title, packTitle: pack.title };
}

function isFinished(study: Study, pack: string, lesson: string): boolean {
  return study.lessons.get(lessonKey(pack, lesson))?.finishedMs !== undefined;
}

function latest<T>(items: readonly T[], time: (item: T) => number): T[] {
  return [...items].sort((left, right) => time(right) - time(left));
}

function quizMinutes(questions: number): number {
  return Math.max(1, Math.ceil(questions * MINUTES_PER_QUESTION));
}
