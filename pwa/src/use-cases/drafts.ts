/** Drafts of journal entries: what is being written and not saved yet. One draft, one name; kept on this device. */
import type { BlobRef } from "../contracts/events.ts";
import { putBlob } from "../db/blobs.ts";
import { announce } from "../db/topics.ts";
import { studyScope } from "../domain/ids.ts";
import type { Session } from "./session.ts";

export interface Draft {
  draft: string;
  entry?: string;
  parents: string[];
  text: string;
  prompt?: string;
  pack?: string;
  lesson?: string;
  blobs?: BlobRef[];
  changedMs: number;
}

/** Bytes of photos and recordings that the store does not have yet, by their SHA-256. */
export type NewBytes = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** What a draft holds, as one text that two drafts share only when they hold the same: its words and what is attached. */
export function contentOf({ text, blobs = [] }: Pick<Draft, "text" | "blobs">): string {
  return blobs.length === 0 ? text : `${text}\0${blobs.map(({ sha256, caption = "" }) => sha256 + caption).join("\0")}`;
}

/**
 * `draft` is a name of the caller's choice: "new", "new:<pack>/<lesson>", or the entry's id. With `over`, a stored content that is none of these
 * stays as it is, and the answer is false: it is another tab's. `bytes` become durable in the same transaction.
 */
export async function saveDraft(
  session: Session,
  draft: Omit<Draft, "changedMs">,
  over?: readonly (string | null)[],
  bytes?: NewBytes,
): Promise<boolean> {
  const changedMs = session.app.ports.clock.nowMs();
  const stored = await session.db.write(["drafts", "blobs", "blob_bytes"], async (tx) => {
    const store = tx.objectStore("drafts");
    const there = over && (await store.get(draft.draft));
    if (there && !over.includes(contentOf(there))) return false;
    for (const ref of draft.blobs ?? []) {
      const data = bytes?.get(ref.sha256);
      if (data !== undefined) await putBlob(tx, studyScope(session.person.id), ref, data, changedMs);
    }
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
