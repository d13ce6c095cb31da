/** Today: the one next step, and below it what else waits. Owns the order of steps. */
import { readRows } from "../db/rows.ts";
import { dayIn, daysBetween } from "../domain/days.ts";
import { studyScope } from "../domain/ids.ts";
import { localized } from "../domain/localized.ts";
import { chooseStep, type Step, type StepSources } from "../domain/next-step.ts";
import type { Study } from "../domain/study.ts";
import { listDrafts } from "./list-drafts.ts";
import { excerptOf } from "./excerpt.ts";
import { type FeedbackItem, listUnread } from "./feedback.ts";
import { editionOf, readShelf, type Shelf } from "./pack-shelf.ts";
import { offered, type PackView, readCatalogue } from "./read-catalogue.ts";
import type { Session } from "./session.ts";

export type { Step } from "../domain/next-step.ts";

export interface DueAssignment {
  pack: string;
  title: string;
  dueDay: string;
  /** Days until then in the organisation's zone; negative when past. */
  daysLeft: number;
  lessonsDone: number;
  lessonsTotal: number;
}

export interface TodayView {
  next: Step | null;
  feedbackWaiting: FeedbackItem[];
  dueAssignments: DueAssignment[];
  packsToInstall: PackView[];
  inboxUnread: number;
  /** For a mentor: entries of all teachers that wait for an answer. */
  entriesWaiting: number;
}

/** Topics to watch: events, pulled, rows, packs, downloads, drafts, places. */
export async function readToday(session: Session, language: string): Promise<TodayView> {
  const [catalogue, feedbackWaiting, shelf, study, mentoring] = await Promise.all([
    readCatalogue(session, language),
    listUnread(session),
    readShelf(session.app),
    session.studies.of(studyScope(session.person.id)),
    readMentoring(session, language),
  ]);
  const sources = await stepSources(session, {
    catalogue,
    shelf,
    study,
    mentoring,
    language,
  });
  const today = dayIn(session.timeZone, session.app.ports.clock.nowMs());
  return {
    next: chooseStep(sources),
    feedbackWaiting,
    dueAssignments: catalogue.flatMap((pack) => dueOf(pack, today)),
    packsToInstall: catalogue.filter((pack) => pack.state === "available" && (pack.assigned !== undefined || pack.compulsory)),
    inboxUnread: await countUnread(session),
    entriesWaiting: mentoring.entriesWaiting,
  };
}

async function stepSources(
  session: Session,
  from: {
    catalogue: PackView[];
    shelf: Shelf;
    study: Study;
    mentoring: Mentoring;
    language: string;
  },
): Promise<StepSources> {
  const { catalogue, shelf, study, mentoring, language } = from;
  const { attempts, places } = await session.db.read(["attempts", "places"], async (tx) => ({
    attempts: await tx.objectStore("attempts").getAll(),
    places: await tx.objectStore("places").getAll(),
  }));
  const usable = catalogue.filter((pack) => pack.state !== "recalled");
  const drafts = (await listDrafts(session)).filter((draft) => draft.text.trim() !== "");
  const { clock, connectivity } = session.app.ports;
  return {
    nowMs: clock.nowMs(),
    online: connectivity.isOnline(),
    study,
    attempts,
    places,
    drafts: drafts.map(({ draft, text, changedMs }) => ({
      draft,
      excerpt: excerptOf(text),
      changedMs,
    })),
    packs: usable.flatMap(({ slug }) => packSteps(slug, shelf, language)),
    installable: usable
      .filter((pack) => pack.state === "available" && pack.assigned !== undefined)
      .map((pack) => ({
        pack: pack.slug,
        title: pack.title,
        bytes: offered(pack)?.bytes ?? 0,
      })),
    reviews: mentoring.reviews,
  };
}

function packSteps(slug: string, shelf: Shelf, language: string): StepSources["packs"] {
  const found = shelf.get(slug);
  if (found === undefined) return [];
  const lessons = found.manifest.lessons.flatMap(({ id, minutes, questions }) => {
    const edition = editionOf(found.manifest, id, language)?.edition;
    if (edition === undefined) return [];
    const asked = edition.quiz === undefined ? 0 : questions;
    return [{ lesson: id, title: edition.title, minutes, questions: asked, prompt: edition.journal_prompt }];
  });
  return [{ pack: slug, title: localized(found.manifest.title, language), lessons }];
}

interface Mentoring {
  entriesWaiting: number;
  reviews: StepSources["reviews"];
}

/** A mentor's part of Today; its code comes with the second chunk, so that a teacher's first visit does not pay for it. */
async function readMentoring(session: Session, language: string): Promise<Mentoring> {
  if (!session.person.roles.includes("mentor")) return { entriesWaiting: 0, reviews: [] };
  const { readCaseload, firstReviews } = await session.app.inside.later();
  const caseload = await readCaseload(session, language);
  return {
    entriesWaiting: caseload.reduce((sum, teacher) => sum + teacher.entriesWaiting, 0),
    reviews: await firstReviews(session, caseload),
  };
}

function dueOf(pack: PackView, today: string): DueAssignment[] {
  const { dueDay, slug, title, lessonsDone, lessonsTotal } = pack;
  if (dueDay === undefined || (lessonsTotal > 0 && lessonsDone >= lessonsTotal)) return [];
  return [
    {
      pack: slug,
      title,
      dueDay,
      daysLeft: daysBetween(today, dueDay),
      lessonsDone,
      lessonsTotal,
    },
  ];
}

async function countUnread(session: Session): Promise<number> {
  const items = await readRows(session.db, "inbox_item");
  const marks = new Set(await session.db.read(["marks"], async (tx) => await tx.objectStore("marks").getAllKeys()));
  return items.filter(({ key, body }) => body.params["phone"] !== session.deviceId && !marks.has(`inbox:${key}`)).length;
}
