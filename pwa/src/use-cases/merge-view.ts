/**
 * What is offered where an entry has two heads. Owns the view; `domain/merge-versions.ts` how they are put together. Pure over a folded study.
 */
import type { BlobRef } from "../contracts/events.ts";
import { sortedParents } from "../domain/journal-version.ts";
import type { Piece } from "../domain/merge-texts.ts";
import { mergeField, proposeMerge } from "../domain/merge-versions.ts";
import { mergeBlobs } from "../domain/merge-blobs.ts";
import type { VersionTrace } from "../domain/study.ts";

export interface MergeView {
  entry: string;
  parents: string[];
  /** Which version each side is. */
  left: string;
  right: string;
  pieces: Piece[];
  /** Versions beyond these two, to be merged afterwards. */
  more: number;
  about: { prompt?: string; pack?: string; lesson?: string; blobs?: BlobRef[] };
}

export function mergeOf(entry: string, versions: ReadonlyMap<string, VersionTrace>): MergeView | null {
  const found = proposeMerge(versions);
  if (found === null) return null;
  const { base, left, right, pieces, more } = found;
  const merged = (name: "prompt" | "pack" | "lesson"): string | undefined => mergeField(base?.[name], left[name], right[name]);
  const [prompt, pack, lesson] = [merged("prompt"), merged("pack"), merged("lesson")];
  const blobs = mergeBlobs(base?.blobs, left.blobs, right.blobs);
  return {
    entry,
    parents: sortedParents([left.ver, right.ver]),
    left: left.ver,
    right: right.ver,
    pieces,
    more,
    about: {
      ...(prompt === undefined ? {} : { prompt }),
      ...(pack === undefined ? {} : { pack }),
      ...(lesson === undefined ? {} : { lesson }),
      ...(blobs.length === 0 ? {} : { blobs }),
    },
  };
}
