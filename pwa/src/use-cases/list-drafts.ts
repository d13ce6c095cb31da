/** Drafts that wait to be finished. */
import type { Draft } from "./drafts.ts";
import type { Session } from "./session.ts";

/** Newest first. Topic: drafts. */
export async function listDrafts(session: Session): Promise<Draft[]> {
  const drafts = await session.db.read(["drafts"], async (tx) => await tx.objectStore("drafts").getAll());
  return drafts.sort((left, right) => right.changedMs - left.changedMs);
}
