/** The packs of this phone with their manifests, for titles and order. Owns the reading of both together; `lesson-names.ts` what they are called. */
import type { LessonEdition, Manifest } from "../contracts/manifest.ts";
import type { InstalledPack } from "../db/device-schema.ts";
import { findManifest, listInstalled } from "../db/packs.ts";
import { pickLanguage } from "../domain/localized.ts";
import type { AppCore } from "./session.ts";

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
