/** What a tier of a pack holds. Pure. */
import type { Manifest } from "../contracts/manifest.ts";
import { type PackTier, TIERS } from "./tiers.ts";

/** Tiers that come with the given one. */
export function tiersUpTo(tier: PackTier): readonly PackTier[] {
  return TIERS.slice(0, TIERS.indexOf(tier) + 1);
}

/** Hashes of the blobs that a pack of this tier holds. */
export function blobsOf(manifest: Manifest, tier: PackTier): string[] {
  const wanted: readonly string[] = tiersUpTo(tier);
  return Object.entries(manifest.blobs)
    .filter(([, blob]) => wanted.includes(blob.tier))
    .map(([hash]) => hash);
}

/** Hashes of a lesson's quiz in every language. */
export function quizzesOf(manifest: Manifest, lesson: string): string[] {
  const editions = manifest.lessons.find((each) => each.id === lesson)?.editions ?? {};
  return Object.values(editions).flatMap((edition) => (edition.quiz === undefined ? [] : [edition.quiz]));
}
