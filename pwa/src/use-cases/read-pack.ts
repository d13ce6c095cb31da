/** One pack with its lessons, and the card that an installation goes by. */
import type { Manifest } from "../contracts/manifest.ts";
import type { PackCard } from "../contracts/rows.ts";
import type { AttemptRecord } from "../db/person-schema.ts";
import { readRows } from "../db/rows.ts";
import { lessonKey, type Study } from "../domain/study.ts";
import { editionOf } from "./pack-shelf.ts";
import { newestCards, type PackView, readSources, viewOf } from "./read-catalogue.ts";
import type { Session } from "./session.ts";

export interface LessonLink {
  lesson: string;
  title: string;
  minutes: number;
  questions: number;
  opened: boolean;
  finished: boolean;
  /** Best finished attempt, 0 to 1. */
  bestScore?: number;
  attemptOpen: boolean;
}

export interface PackDetail extends PackView {
  languages: string[];
  authors: string[];
  licence: string;
  /** Empty until installed. */
  lessons: LessonLink[];
}

export async function readPack(session: Session, slug: string, language: string): Promise<PackDetail | null> {
  const sources = await readSources(session);
  const manifest = sources.shelf.get(slug)?.manifest;
  const card = sources.cards.get(slug);
  if (card === undefined && manifest === undefined) return null;
  const attempts = await session.db.read(["attempts"], async (tx) => await tx.objectStore("attempts").getAll());
  return {
    ...viewOf(slug, sources, language),
    languages: manifest?.languages ?? card?.languages ?? [],
    authors: manifest?.authors ?? [],
    licence: manifest?.licence ?? "",
    lessons: manifest === undefined ? [] : linksOf(manifest, sources.study, attempts, language),
  };
}

/** The newest card of a pack among all scopes; the one that an installation goes by. */
export async function findCard(session: Session, slug: string): Promise<PackCard | undefined> {
  return newestCards(await readRows(session.db, "pack")).get(slug);
}

function bestScores(study: Study): Map<string, number> {
  const best = new Map<string, number>();
  for (const { pack, lesson, finished } of study.attempts.values()) {
    if (finished === undefined) continue;
    const key = lessonKey(pack, lesson);
    const share = finished.scoreMax > 0 ? finished.score / finished.scoreMax : 1;
    best.set(key, Math.max(best.get(key) ?? 0, share));
  }
  return best;
}

function linksOf(manifest: Manifest, study: Study, attempts: readonly AttemptRecord[], language: string): LessonLink[] {
  const best = bestScores(study);
  return manifest.lessons.map(({ id, minutes, questions }) => {
    const key = lessonKey(manifest.slug, id);
    const trace = study.lessons.get(key);
    const bestScore = best.get(key);
    return {
      lesson: id,
      title: editionOf(manifest, id, language)?.edition.title ?? id,
      minutes,
      questions,
      opened: trace !== undefined,
      finished: trace?.finishedMs !== undefined,
      ...(bestScore === undefined ? {} : { bestScore }),
      attemptOpen: attempts.some((attempt) => attempt.pack === manifest.slug && attempt.lesson === id),
    };
  });
}
