/** Tiers of a pack, each holding those below it; `tier-blobs.ts` what is in them. Pure. */
export const TIERS = ["text", "pictures"] as const;
export type PackTier = (typeof TIERS)[number];

export function isTier(text: string): text is PackTier {
  return (TIERS as readonly string[]).includes(text);
}
