/** What packs, lessons and questions are called, also where a pack is not on this phone. Owns the look-up by their ids; not needed by sign-in and Today. */
import type { Quiz } from "../contracts/quiz.ts";
import { readRows } from "../db/rows.ts";
import { localized } from "../domain/localized.ts";
import { BlobStore } from "../packs/blob-store.ts";
import { editionOf, readShelf, type Shelf, type ShelfPack } from "./pack-shelf.ts";
import type { Session } from "./session.ts";

export function lessonTitle(shelf: Shelf, pack: string, lesson: string, wanted: string): string | undefined {
  const found = shelf.get(pack);
  return found === undefined ? undefined : editionOf(found.manifest, lesson, wanted)?.edition.title;
}

/** What is known of a lesson by its id, also where its pack is not on this phone. */
export interface LessonName {
  /** Where its pack is on this phone. */
  title?: string;
  /** As the catalogue or the phone has it. */
  packTitle?: string;
  /** Its place in the pack, by the number that its id begins with. */
  number?: number;
}

/** `version`: of the pack that the words must be of; of another they may ask or say something else. */
export type LessonBook = (pack: string, lesson: string, version?: number) => LessonName;

export async function readLessonBook(session: Session, wanted: string): Promise<LessonBook> {
  const [shelf, cards] = await Promise.all([readShelf(session.app), readRows(session.db, "pack")]);
  const titles = new Map(cards.map(({ body }) => [body.slug, localized(body.title, wanted)]));
  return (pack, lesson, version) => {
    const isOther = version !== undefined && shelf.get(pack)?.installed.version !== version;
    const title = isOther ? undefined : lessonTitle(shelf, pack, lesson, wanted);
    const packTitle = titles.get(pack) ?? localized(shelf.get(pack)?.manifest.title, wanted);
    const number = /^\d+/.exec(lesson)?.[0];
    return {
      ...(title === undefined ? {} : { title }),
      ...(packTitle === "" ? {} : { packTitle }),
      ...(number === undefined ? {} : { number: Number(number) }),
    };
  };
}

export type LessonNames = (pack: string, lesson: string) => string;

/** A lesson's title where its pack is on this phone; else its number behind the pack's title in the catalogue, as for a mentor without the pack. */
export async function readLessonNames(session: Session, wanted: string): Promise<LessonNames> {
  const book = await readLessonBook(session, wanted);
  return (pack, lesson) => {
    const { title, packTitle, number } = book(pack, lesson);
    return title ?? (packTitle === undefined || number === undefined ? lesson : `${packTitle} · ${number}`);
  };
}

/** The words of a question, where the very version of its pack is on this phone. */
interface Asked {
  pack: string;
  version: number;
  lesson: string;
}

export type QuestionStems = (of: Asked, question: string) => string | undefined;

/** Of the lessons that are named: each needs its quiz to be read. */
export async function readQuestionStems(session: Session, lessons: readonly Asked[], wanted: string): Promise<QuestionStems> {
  const [shelf, blobs] = [await readShelf(session.app), new BlobStore(session.app.ports.caches)];
  const stems = new Map<string, string>();
  const hashes = new Map(lessons.map((one) => [placeOf(one), quizOf(shelf.get(one.pack), one, wanted)]));
  for (const [place, hash] of hashes) {
    const text = hash === undefined ? undefined : await blobs.text(hash);
    if (text === undefined) continue;
    for (const { id, stem } of (JSON.parse(text) as Quiz).questions) stems.set(`${place}/${id}`, stem);
  }
  return (of, question) => stems.get(`${placeOf(of)}/${question}`);
}

function placeOf({ pack, version, lesson }: Asked): string {
  return `${pack}/${version}/${lesson}`;
}

function quizOf(found: ShelfPack | undefined, { version, lesson }: Asked, wanted: string): string | undefined {
  return found?.installed.version === version ? editionOf(found.manifest, lesson, wanted)?.edition.quiz : undefined;
}
