/** What was erased by right, as this phone heard of it: that it was, never what. */
import { readRows } from "../db/rows.ts";
import { studyScope } from "../domain/ids.ts";
import { readNames } from "./names.ts";
import type { Session } from "./session.ts";

export interface ErasureItem {
  erasure: string;
  atMs: number;
  office: string;
  reason: string;
  what: "entry" | "person";
  /** Whose record it was; empty for this person's own. */
  name: string;
  own: boolean;
}

/** The latest first; each once, in however many rows and scopes it was told. Topic: rows. */
export async function readErasures(session: Session): Promise<ErasureItem[]> {
  const names = await readNames(session);
  const own = studyScope(session.person.id);
  const found = new Map<string, ErasureItem>();
  for (const { scope, body } of await readRows(session.db, "erased")) {
    const { erasure, at_ms: atMs, office, reason, what } = body;
    // A row in `p:` tells a writer who may read that scope no more: whose it was is not said there.
    if (scope.startsWith("p:") && found.has(erasure)) continue;
    const isOwn = scope === own || scope.startsWith("p:");
    found.set(erasure, { erasure, atMs, office, reason, what, own: isOwn, name: isOwn ? "" : names(scope.slice(2)) });
  }
  return [...found.values()].sort((left, right) => right.atMs - left.atMs);
}
