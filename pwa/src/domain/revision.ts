/** Whether what a mentor asked for was written since. Owns what counts as an answer to a request to revise. */
import type { VersionTrace } from "./study.ts";

type Versions = ReadonlyMap<string, VersionTrace> | undefined;

/** What only puts two versions together says nothing to the mentor: it is the version that was asked about, as far as its writer goes. */
export function isUnanswered(versions: Versions, ver: string, seen: readonly string[] = []): boolean {
  // A circle of versions is none of ours.
  if (versions?.has(ver) !== true || seen.includes(ver)) return false;
  return [...versions.values()].every(
    (next) =>
      !next.parents.includes(ver) ||
      (next.parents.length > 1 && saysNothingNew(next, versions) && isUnanswered(versions, next.ver, [...seen, ver])),
  );
}

function saysNothingNew({ text, parents }: VersionTrace, versions: Versions): boolean {
  return text.split(/[\n。！？.!?]/).every((part) => parents.some((parent) => versions?.get(parent)?.text.includes(part)));
}
