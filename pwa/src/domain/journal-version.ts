/** The name of a version of a journal entry: by its content, so that the same text saved twice is one version. */
import type { JournalSaved } from "../contracts/events.ts";
import { canonicalBytes } from "./canonical-json.ts";
import { type Digest, h16 } from "./hash.ts";

/** `ver` of contracts/schemas/events.schema.yaml: over the canonical form of the payload without `ver`, parents sorted. */
export async function versionOf(digest: Digest, payload: Omit<JournalSaved, "ver">): Promise<string> {
  const { ver: _, ...rest } = payload as JournalSaved;
  return await h16(digest, canonicalBytes({ ...rest, parents: sortedParents(payload.parents) }));
}

export function sortedParents(parents: readonly string[]): string[] {
  return [...new Set(parents)].sort();
}
