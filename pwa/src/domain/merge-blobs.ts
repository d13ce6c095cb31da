/**
 * Photos and recordings of two versions become those of one. Pure. Invariant: what either side added stays; what one side took away of what
 * both began from is gone, as far as the limit allows; what is beyond it stays in the version that holds it.
 */
import type { BlobRef } from "../contracts/events.ts";
import { ENTRY_BLOBS_MAX } from "../contracts/limits.ts";

export function mergeBlobs(base: readonly BlobRef[] = [], left: readonly BlobRef[] = [], right: readonly BlobRef[] = []): BlobRef[] {
  const [before, ofLeft, ofRight] = [base, left, right].map((blobs) => new Set(blobs.map(({ sha256 }) => sha256))) as [
    Set<string>,
    Set<string>,
    Set<string>,
  ];
  const stays = ({ sha256 }: BlobRef): boolean => !before.has(sha256) || (ofLeft.has(sha256) && ofRight.has(sha256));
  return [...left, ...right.filter(({ sha256 }) => !ofLeft.has(sha256))].filter(stays).slice(0, ENTRY_BLOBS_MAX);
}
