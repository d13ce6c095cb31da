/** The packs of this phone with their manifests, for titles and order. Owns the reading of both together. */
import type { LessonEdition, Manifest } from "../contracts/manifest.ts";
import type { InstalledPack } from "../db/device-schema.ts";
import { findManifest, listInstalled } from "../db/packs.ts";
import { localized, pickLanguage } from "../domain/localized.ts";
import { readRows } from "../db/rows.ts";
import type { AppCore, Session } from "./session.ts";

export interface ShelfPack {
  installed: InstalledPack;
  manifest: Manifest;
}

export type Shelf = ReadonlyMap<string, ShelfPack>;

export async function readShelf(app: AppCore): Promise<Shelf> {
  const shelf = new Map<string, ShelfPack>();
  for (const installed of await listInstalled(app.device)) {
    const manifest = await findManifest(app.device, installed.manifest);
    if (manifest !== undefined) shelf.set(installed.slug, { installed, manifest });
  }
  return shelf;
}

/** The edition of a lesson in the wanted language or the nearest there is. */
export function editionOf(manifest: Manifest, lesson: string, wanted: string): { language: string; edition: LessonEdition } | undefined {
  const editions = manifest.lessons.find((each) => each.id === lesson)?.editions ?? {};
  const language = pickLanguage(Object.keys(editions), wanted);
  const edition = language === undefined ? undefined : editions[language];
  return language === undefined || edition === undefined ? undefined : { language, edition };
}

export function lessonTitle(shelf: Shelf, pack: string, lesson: string, wanted: string): string | undefined {
  const found = shelf.get(pack);
  return found === undefined ? undefined : editionOf(found.manifest, lesson, wanted)?.edition.title;
}

export function packTitle(shelf: Shelf, pack: string, wanted: string): string {
  return localized(shelf.get(pack)?.manifest.title, wanted) || pack;
}

export type LessonNames = (pack: string, lesson: string) => string;

/** A lesson's title where its pack is on this phone; else its number behind the pack's title in the catalogue, as for a mentor without the pack. */
export async function readLessonNames(session: Session, wanted: string): Promise<LessonNames> {
  const [shelf, cards] = await Promise.all([readShelf(session.app), readRows(session.db, "pack")]);
  const titles = new Map(cards.map(({ body }) => [body.slug, localized(body.title, wanted)]));
  return (pack, lesson) => {
    const known = lessonTitle(shelf, pack, lesson, wanted);
    const title = titles.get(pack);
    const number = /^\d+/.exec(lesson)?.[0];
    return known ?? (title === undefined || number === undefined ? lesson : `${title} · ${Number(number)}`);
  };
}
