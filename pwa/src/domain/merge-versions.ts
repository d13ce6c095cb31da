/**
 * Two heads of a journal entry become a proposal for one version. Owns the nearest common ancestor and what the merged version is about; the
 * words are merged by merge-texts.ts. Pure. Invariant: the same versions give the same proposal on every device, whatever their clocks say
 * and in which order they came, so that two devices that take it make one and the same version.
 */
import { headsOf } from "./journal-graph.ts";
import { mergeTexts, type Piece } from "./merge-texts.ts";

export interface Mergeable {
  ver: string;
  parents: readonly string[];
  text: string;
}

export interface Proposal<V> {
  left: V;
  right: V;
  /** Absent when what both began from has not arrived. */
  base?: V;
  pieces: Piece[];
  /** Heads beyond these two: they are merged afterwards, one after the other. */
  more: number;
}

/** null when there is one head or none. */
export function proposeMerge<V extends Mergeable & { savedMs: number; parents: string[] }>(
  versions: ReadonlyMap<string, V>,
): Proposal<V> | null {
  const [left, right, ...rest] = headsOf(versions.values()).sort(byName);
  if (left === undefined || right === undefined) return null;
  const base = nearestCommon(versions, left, right);
  return {
    left,
    right,
    ...(base === undefined ? {} : { base }),
    pieces: mergeTexts(base?.text, left.text, right.text),
    more: rest.length,
  };
}

/** A field that is not merged by words: the side that changed it; if both did, the first by name. */
export function mergeField<T>(base: T | undefined, left: T | undefined, right: T | undefined): T | undefined {
  return left === base || left === undefined ? (right ?? left) : left;
}

/** The version that both descend from and that no other such descends from; the first by name when there are several. */
export function nearestCommon<V extends Mergeable>(versions: ReadonlyMap<string, V>, left: V, right: V): V | undefined {
  const ofRight = new Set(ancestorsOf(versions, right).map(({ ver }) => ver));
  const shared = ancestorsOf(versions, left).filter(({ ver }) => ofRight.has(ver));
  const further = new Set(shared.flatMap((version) => ancestorsOf(versions, version).map(({ ver }) => ver)));
  return shared.filter(({ ver }) => !further.has(ver)).sort(byName)[0];
}

function ancestorsOf<V extends Mergeable>(versions: ReadonlyMap<string, V>, of: V): V[] {
  const found = new Map<string, V>();
  const open = [...of.parents];
  for (let ver = open.pop(); ver !== undefined; ver = open.pop()) {
    const version = versions.get(ver);
    if (version === undefined || found.has(ver) || ver === of.ver) continue;
    found.set(ver, version);
    open.push(...version.parents);
  }
  return [...found.values()];
}

function byName(left: Mergeable, right: Mergeable): number {
  return left.ver < right.ver ? -1 : 1;
}
