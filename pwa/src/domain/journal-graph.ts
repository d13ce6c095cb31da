/**
 * A journal entry is a graph of versions. Owns heads and the order in which they are shown. Pure.
 * Invariant: the same versions in any order give the same heads.
 */

export interface Version {
  ver: string;
  parents: string[];
  text: string;
  savedMs: number;
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
