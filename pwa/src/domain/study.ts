/**
 * What a person's study scope says: lessons, attempts, journal, feedback, messages. A fold over events. Owns the meaning of the kinds
 * of contracts/event_kinds.yaml on the phone. Pure. Invariant S15 of sync/SPEC.md: whatever the order of arrival and however often a
 * fact arrives, the result is the same; everything is keyed by ids of things or by content.
 */
import type {
  BlobRef,
  FeedbackAnswered,
  FeedbackGiven,
  FeedbackRead,
  FeedbackWithdrawn,
  JournalSaved,
  LessonFinished,
  LessonOpened,
  MessageSent,
  QuestionAnswered,
  QuizFinished,
} from "../contracts/events.ts";
import type { Version } from "./journal-graph.ts";
import { given, isEarlier, ownKey, type StudyEvent, type Trace, traceOf } from "./trace.ts";

export type { StudyEvent, Trace } from "./trace.ts";

export interface LessonTrace {
  pack: string;
  lesson: string;
  openedMs?: number;
  finishedMs?: number;
}

export interface AnswerTrace extends Trace {
  question: string;
  kind: string;
  answer: unknown;
  score: number | null;
}

export interface AttemptTrace {
  attempt: string;
  /** The earliest fact about it, which says where it belongs. */
  begun: Trace;
  pack: string;
  version: number;
  lesson: string;
  answers: Map<string, AnswerTrace>;
  finished?: Trace & { score: number; scoreMax: number };
}

export interface VersionTrace extends Version, Trace {
  prompt?: string;
  pack?: string;
  lesson?: string;
  blobs?: BlobRef[];
}

export interface FeedbackTrace extends Trace {
  feedback: string;
  entry: string;
  ver: string;
  verdict: FeedbackGiven["verdict"];
  text: string;
  paragraph?: number;
  /** The writer's own feedback that this stands for; see feedback-chains.ts. */
  replaces?: string;
}

export interface MessageTrace extends Trace {
  message: string;
  text: string;
  pack?: string;
  lesson?: string;
}

export interface Study {
  owner: string;
  lastActiveMs?: number;
  lessons: Map<string, LessonTrace>;
  attempts: Map<string, AttemptTrace>;
  entries: Map<string, Map<string, VersionTrace>>;
  /** Keyed, like `messages`, by writer and id: an id that somebody else has seen takes no words of theirs away. */
  feedback: Map<string, FeedbackTrace>;
  /** Keyed like `feedback`: nobody withdraws another's. */
  feedbackWithdrawn: Set<string>;
  feedbackRead: Set<string>;
  feedbackAnswers: Map<string, Map<string, Trace & { text: string }>>;
  messages: Map<string, MessageTrace>;
}

export function emptyStudy(owner: string): Study {
  return {
    owner,
    lessons: new Map(),
    attempts: new Map(),
    entries: new Map(),
    feedback: new Map(),
    feedbackWithdrawn: new Set(),
    feedbackRead: new Set(),
    feedbackAnswers: new Map(),
    messages: new Map(),
  };
}

export function lessonKey(pack: string, lesson: string): string {
  return `${pack}/${lesson}`;
}

/** Changes `study`; unknown kinds change nothing but the owner's last activity. */
export function applyEvent(study: Study, event: StudyEvent): void {
  if (event.by === study.owner) study.lastActiveMs = Math.max(study.lastActiveMs ?? event.shownMs, event.shownMs);
  FOLDS.get(event.kind)?.(study, event);
}

type Fold = (study: Study, event: StudyEvent) => void;

const FOLDS = new Map<string, Fold>([
  ["lesson_opened/1", (study, event) => noteLesson(study, event, "openedMs")],
  ["lesson_finished/1", (study, event) => noteLesson(study, event, "finishedMs")],
  ["question_answered/1", foldAnswer],
  ["quiz_finished/1", foldQuiz],
  ["journal_saved/1", foldJournal],
  ["feedback_given/1", foldFeedback],
  [
    "feedback_withdrawn/1",
    (study, event) => void study.feedbackWithdrawn.add(ownKey(event, (event.payload as unknown as FeedbackWithdrawn).feedback)),
  ],
  [
    "feedback_read/1",
    (study, event) => event.by === study.owner && void study.feedbackRead.add((event.payload as unknown as FeedbackRead).feedback),
  ],
  ["feedback_answered/1", foldFeedbackAnswer],
  ["message_sent/1", foldMessage],
]);

function noteLesson(study: Study, event: StudyEvent, field: "openedMs" | "finishedMs"): void {
  const { pack, lesson } = event.payload as unknown as LessonOpened | LessonFinished;
  const key = lessonKey(pack, lesson);
  const trace = study.lessons.get(key) ?? { pack, lesson };
  study.lessons.set(key, {
    ...trace,
    [field]: Math.min(trace[field] ?? event.shownMs, event.shownMs),
  });
}

function attemptOf(study: Study, event: StudyEvent): AttemptTrace {
  const { attempt, pack, version, lesson } = event.payload as unknown as QuestionAnswered | QuizFinished;
  const known = study.attempts.get(attempt);
  const begun = traceOf(event);
  const trace: AttemptTrace = known ?? {
    attempt,
    begun,
    pack,
    version,
    lesson,
    answers: new Map(),
  };
  if (known !== undefined && isEarlier(begun, known.begun)) Object.assign(known, { begun, pack, version, lesson });
  study.attempts.set(attempt, trace);
  return trace;
}

/** Answered twice (two tabs): the earlier answer is the one that counts. */
function foldAnswer(study: Study, event: StudyEvent): void {
  const payload = event.payload as unknown as QuestionAnswered;
  const { answers } = attemptOf(study, event);
  const { question, kind, answer, score } = payload;
  const trace: AnswerTrace = {
    ...traceOf(event),
    question,
    kind,
    answer,
    score,
  };
  if (isEarlier(trace, answers.get(question))) answers.set(question, trace);
}

function foldQuiz(study: Study, event: StudyEvent): void {
  const payload = event.payload as unknown as QuizFinished;
  const attempt = attemptOf(study, event);
  const finished = {
    ...traceOf(event),
    score: payload.score,
    scoreMax: payload.score_max,
  };
  if (isEarlier(finished, attempt.finished)) attempt.finished = finished;
}

/** Only the owner writes versions; a merge by anybody else would be no word of theirs. */
function foldJournal(study: Study, event: StudyEvent): void {
  if (event.by !== study.owner) return;
  const { entry, ver, parents, text, prompt, pack, lesson, blobs } = event.payload as unknown as JournalSaved;
  const versions = study.entries.get(entry) ?? new Map<string, VersionTrace>();
  study.entries.set(entry, versions);
  const trace: VersionTrace = {
    ...traceOf(event),
    ver,
    parents,
    text,
    savedMs: event.shownMs,
    ...given({ prompt, pack, lesson, blobs }),
  };
  if (isEarlier(trace, versions.get(ver))) versions.set(ver, trace);
}

function foldFeedback(study: Study, event: StudyEvent): void {
  const { feedback, entry, ver, verdict, text, paragraph, replaces } = event.payload as unknown as FeedbackGiven;
  const trace: FeedbackTrace = { ...traceOf(event), feedback, entry, ver, verdict, text, ...given({ paragraph, replaces }) };
  const key = ownKey(event, feedback);
  if (isEarlier(trace, study.feedback.get(key))) study.feedback.set(key, trace);
}

/** An answer has no id of its own: one feedback, one time, one text is one answer. */
function foldFeedbackAnswer(study: Study, event: StudyEvent): void {
  if (event.by !== study.owner) return;
  const { feedback, text } = event.payload as unknown as FeedbackAnswered;
  const answers = study.feedbackAnswers.get(feedback) ?? new Map<string, Trace & { text: string }>();
  study.feedbackAnswers.set(feedback, answers);
  const key = `${event.ts}:${text}`;
  const trace = { ...traceOf(event), text };
  if (isEarlier(trace, answers.get(key))) answers.set(key, trace);
}

function foldMessage(study: Study, event: StudyEvent): void {
  const { message, text, pack, lesson } = event.payload as unknown as MessageSent;
  const trace: MessageTrace = { ...traceOf(event), message, text, ...given({ pack, lesson }) };
  const key = ownKey(event, message);
  if (isEarlier(trace, study.messages.get(key))) study.messages.set(key, trace);
}
