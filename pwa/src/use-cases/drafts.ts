/** Drafts of journal entries: what is being written and not saved yet. One draft, one name; kept on this device. */
import type { BlobRef } from "../contracts/events.ts";
import { putBlob } from "../db/blobs.ts";
import type { PersonStore, PersonTx } from "../db/person-schema.ts";
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

/** A draft as one editor knows it. */
export interface OwnDraft {
  name: string;
  /** Contents that this editor read or stored there (null: nothing was there). Any other is another window's, and stays. */
  over: readonly (string | null)[];
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

/** Another window's words under the same name stay. */
export async function discardDraft(session: Session, draft: OwnDraft): Promise<void> {
  await session.db.write(["drafts"], async (tx) => {
    await dropDraft(tx, draft);
  });
  announce(["drafts"]);
}

/** Within a transaction that ends this draft. */
export async function dropDraft(tx: PersonTx<PersonStore>, { name, over }: OwnDraft): Promise<void> {
  const store = tx.objectStore("drafts");
  const there = await store.get(name);
  if (there !== undefined && over.includes(contentOf(there))) await store.delete(name);
}
