/**
 * A journal entry is a graph of versions. Owns the name of a version, heads, and the order in which they are shown. Pure.
 * Invariant: the same versions in any order give the same heads.
 */
import type { JournalSaved } from "../contracts/events.ts";
import { canonicalBytes } from "./canonical-json.ts";
import { type Digest, h16 } from "./hash.ts";

export interface Version {
	ver: string;
	parents: string[];
	text: string;
	savedMs: number;
}

/** `ver` of contracts/schemas/events.schema.yaml: over the canonical form of the payload without `ver`, parents sorted. */
export async function versionOf(
	digest: Digest,
	payload: Omit<JournalSaved, "ver">,
): Promise<string> {
	const { ver: _, ...rest } = payload as JournalSaved;
	return await h16(
		digest,
		canonicalBytes({ ...rest, parents: sortedParents(payload.parents) }),
	);
}

export function sortedParents(parents: readonly string[]): string[] {
	return [...new Set(parents)].sort();
}

/** Versions that are nobody's parent; the newest first, ties by name, so that every device shows the same one on top. */
export function headsOf<V extends Version>(versions: Iterable<V>): V[] {
	const all = [...versions];
	const parents = new Set(all.flatMap((version) => version.parents));
	return all.filter((version) => !parents.has(version.ver)).sort(newestFirst);
}

export function newestFirst(left: Version, right: Version): number {
	return right.savedMs - left.savedMs || (left.ver < right.ver ? -1 : 1);
}
