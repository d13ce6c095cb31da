/** The drafts of the open person, as the keeper of one draft sees them. */
import { type NewBytes, saveDraft } from "../../use-cases/drafts.ts";
import type { Session } from "../../use-cases/session.ts";
import type { DraftStore } from "./draft-keeper.ts";

/** `fresh`: bytes of what was attached and is not stored yet. */
export function draftStoreOf(session: Session, fresh: NewBytes): DraftStore {
  return {
    save: (draft, over) => saveDraft(session, draft, over, fresh),
    freshName: (base) => newDraftName(session, base),
  };
}

/** The base and forty random bits. */
export function newDraftName(session: Session, base: string): string {
  const suffix = [...session.app.ports.random.bytes(5)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${base.replace(/~[0-9a-f]+$/, "")}~${suffix}`;
}
