/** The mentor's teachers, by need, and what the mentor writes to them. Owns the joining of pairs and folds; `domain/need.ts` the order. */
import { append } from "../db/append.ts";
import { readDeliveries } from "../db/delivery.ts";
import { type Row, readRows } from "../db/rows.ts";
import { standing } from "../domain/feedback-chains.ts";
import { newThingId, studyScope } from "../domain/ids.ts";
import { headsOf } from "../domain/journal-graph.ts";
import { assessNeed, byNeed, type Need } from "../domain/need.ts";
import type { StepSources } from "../domain/next-step.ts";
import { paragraphsOf } from "../domain/paragraphs.ts";
import type { Study } from "../domain/study.ts";
import { factsOf } from "../domain/teacher-facts.ts";
import { checkComment } from "./comments.ts";
import { aboutOf, type EntrySummary, summariesOf } from "./entry-summaries.ts";
import { type FeedbackThread, threadsOf, type Verdict } from "./feedback-threads.ts";
import { type EntryVersion, versionView } from "./journal.ts";
import { readNames } from "./names.ts";
import { type LessonNames, readLessonNames } from "./lesson-names.ts";
import type { Session } from "./session.ts";
import { readProgress, type TeacherProgress } from "./teacher-progress.ts";
import type { UnsentWords } from "./unsent-words.ts";

export type { Need } from "../domain/need.ts";

export interface TeacherView {
  person: string;
  name: string;
  organisation: string;
  active: boolean;
  goals: string;
  need: Need;
  lastActiveMs?: number;
  entriesWaiting: number;
  messagesWaiting: number;
  lessonsDone: number;
}

export interface TeacherDetail extends TeacherView {
  entries: EntrySummary[];
  progress: TeacherProgress;
}

export interface TeacherEntryView {
  entry: string;
  teacher: string;
  teacherName: string;
  prompt?: string;
  lessonTitle?: string;
  heads: EntryVersion[];
  /** Paragraphs of the newest head, for commenting on one. */
  paragraphs: string[];
  feedback: FeedbackThread[];
}

type PairBody = Row<"pair">["body"];

/** Topics to watch: rows, events, pulled. */
export async function readCaseload(session: Session, language = "zh-Hans"): Promise<TeacherView[]> {
  const lessonNames = await readLessonNames(session, language);
  const views = await Promise.all((await readPairs(session)).map(async (pair) => (await viewOf(session, pair, lessonNames)).view));
  return views.sort((left, right) => byNeed(left.need, right.need) || (left.name < right.name ? -1 : 1));
}

export async function readTeacher(session: Session, person: string, language: string): Promise<TeacherDetail | null> {
  const pair = (await readPairs(session)).find((each) => each.teacher === person);
  if (pair === undefined) return null;
  const { view, study } = await viewOf(session, pair, await readLessonNames(session, language));
  const entries = summariesOf(study, await readDeliveries(session.db));
  return { ...view, entries, progress: await readProgress(session, study, language) };
}

export async function readTeacherEntry(
  session: Session,
  person: string,
  entry: string,
  language: string,
): Promise<TeacherEntryView | null> {
  const study = await session.studies.of(studyScope(person));
  const versions = study.entries.get(entry);
  if (versions === undefined) return null;
  const [book, names, lessonNames] = [await readDeliveries(session.db), await readNames(session), await readLessonNames(session, language)];
  const heads = headsOf(versions.values());
  const { prompt, pack, lesson } = aboutOf(heads[0]);
  const title = pack === undefined || lesson === undefined ? undefined : lessonNames(pack, lesson);
  return {
    entry,
    teacher: person,
    teacherName: names(person),
    ...(prompt === undefined ? {} : { prompt }),
    ...(title === undefined ? {} : { lessonTitle: title }),
    heads: heads.map((head) => versionView(head, book)),
    paragraphs: paragraphsOf(heads[0]?.text ?? ""),
    feedback: threadsOf(study, book, names, entry),
  };
}

export async function giveFeedback(
  session: Session,
  input: {
    teacher: string;
    entry: string;
    ver: string;
    verdict: Verdict;
    text: string;
    paragraph?: number;
    /** One's own feedback that this one stands for. */
    replaces?: string;
    /** The field that holds the words until they are sent. */
    unsent?: UnsentWords;
  },
): Promise<{ ok: true; feedback: string } | { ok: false; code: "too_long" | "empty" }> {
  const checked = input.verdict === "accept" && input.text.trim() === "" ? ({ ok: true, text: "" } as const) : checkComment(input.text);
  if (!checked.ok) return checked;
  const feedback = newThingId(session.app.ports.random);
  const { entry, ver, verdict, paragraph, replaces } = input;
  const payload = {
    feedback,
    entry,
    ver,
    verdict,
    text: checked.text,
    ...(paragraph === undefined ? {} : { paragraph }),
    ...(replaces === undefined ? {} : { replaces }),
  };
  const { clock, space } = session.app.ports;
  const scope = studyScope(input.teacher);
  await append(session.db, clock, [{ scope, kind: "feedback_given/1", payload }], input.unsent?.sent(input.text));
  void space.persist();
  return { ok: true, feedback };
}

/** The entry that has waited longest with the teacher who needs it most. */
export async function firstReviews(session: Session, caseload: readonly TeacherView[]): Promise<StepSources["reviews"]> {
  const first = caseload.find((teacher) => teacher.entriesWaiting > 0);
  if (first === undefined) return [];
  const study = await session.studies.of(studyScope(first.person));
  const reviewed = new Set(standing(study).map(({ entry }) => entry));
  const entries = summariesOf(study, await readDeliveries(session.db));
  const waiting = [...entries].reverse().find((entry) => !reviewed.has(entry.entry)) ?? entries[0];
  if (waiting === undefined) return [];
  return [
    {
      teacher: first.person,
      teacherName: first.name,
      entry: waiting.entry,
      waiting: first.entriesWaiting,
    },
  ];
}

async function readPairs(session: Session): Promise<PairBody[]> {
  const pairs = (await readRows(session.db, "pair"))
    .map(({ body }) => body)
    .filter((body) => body.mentor === session.person.id && body.active);
  return [...new Map(pairs.map((pair) => [pair.teacher, pair])).values()];
}

async function viewOf(session: Session, pair: PairBody, lessonNames: LessonNames): Promise<{ view: TeacherView; study: Study }> {
  const study = await session.studies.of(studyScope(pair.teacher));
  const facts = factsOf(study);
  const need = withTitle(assessNeed(facts, session.app.ports.clock.nowMs()), lessonNames);
  const view: TeacherView = {
    person: pair.teacher,
    name: pair.teacher_name,
    organisation: pair.teacher_organisation,
    active: pair.active,
    goals: pair.goals,
    need,
    ...(study.lastActiveMs === undefined ? {} : { lastActiveMs: study.lastActiveMs }),
    entriesWaiting: facts.entriesWaiting,
    messagesWaiting: facts.messagesWaiting,
    lessonsDone: [...study.lessons.values()].filter((trace) => trace.finishedMs !== undefined).length,
  };
  return { view, study };
}

function withTitle(need: Need, lessonNames: LessonNames): Need {
  const { pack, lesson } = need.params;
  if (typeof pack !== "string" || typeof lesson !== "string") return need;
  return {
    ...need,
    params: { ...need.params, lesson: lessonNames(pack, lesson) },
  };
}
