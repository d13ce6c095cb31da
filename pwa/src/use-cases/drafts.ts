/** Drafts of journal entries: what is being written and not saved yet. One draft, one name; kept on this device. */
import { announce } from "../db/topics.ts";
import type { Session } from "./session.ts";

export interface Draft {
  draft: string;
  entry?: string;
  parents: string[];
  text: string;
  prompt?: string;
  pack?: string;
  lesson?: string;
  changedMs: number;
}

/**
 * `draft` is a name of the caller's choice: "new", "new:<pack>/<lesson>", or the entry's id. With `over`, a stored text that is none of these
 * stays as it is, and the answer is false: it is another tab's.
 */
export async function saveDraft(session: Session, draft: Omit<Draft, "changedMs">, over?: readonly (string | null)[]): Promise<boolean> {
  const changedMs = session.app.ports.clock.nowMs();
  const stored = await session.db.write(["drafts"], async (tx) => {
    const store = tx.objectStore("drafts");
    const there = over && (await store.get(draft.draft));
    if (there && !over.includes(there.text)) return false;
    await store.put({ ...draft, changedMs });
    return true;
  });
  if (stored) announce(["drafts"]);
  return stored;
}

export async function readDraft(session: Session, draft: string): Promise<Draft | null> {
  return (await session.db.read(["drafts"], async (tx) => await tx.objectStore("drafts").get(draft))) ?? null;
}

export async function discardDraft(session: Session, draft: string): Promise<void> {
  await session.db.write(["drafts"], async (tx) => {
    await tx.objectStore("drafts").delete(draft);
  });
  announce(["drafts"]);
}
