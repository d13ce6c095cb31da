/**
 * Two versions of one entry, written apart, become one again. Owns what is stored of a merge; `merge-view.ts` what is offered. Invariant: nothing
 * is merged without the owner, and the merge is one more version with both as its parents.
 */
import { readDraft, saveDraft } from "./drafts.ts";
import { type SaveResult, saveEntry } from "./journal.ts";
import type { MergeView } from "./merge-view.ts";
import type { Session } from "./session.ts";

/** Another device that stores the same words makes the very same version. */
export async function saveMerge(session: Session, merge: MergeView, text: string): Promise<SaveResult> {
  return await saveEntry(session, { entry: merge.entry, parents: merge.parents, text, ...merge.about });
}

/** The words as a draft that is written on further; a draft of the same merge that is there already is left as it is. The draft's name. */
export async function draftOfMerge(session: Session, merge: MergeView, text: string): Promise<string> {
  const draft = `${merge.entry}+${merge.parents.map((ver) => ver.slice(0, 6)).join("+")}`;
  const there = await readDraft(session, draft);
  if (there === null) await saveDraft(session, { draft, entry: merge.entry, parents: merge.parents, text, ...merge.about }, [null]);
  return draft;
}
