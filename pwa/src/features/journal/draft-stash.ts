/**
 * Words of a draft that a reload overtook on their way to the store. Invariant: they say upon which text they were typed, so that words left
 * behind never take the place of what another tab has stored since.
 */
import { type Stash, stashOf } from "../../ui/stash.ts";
import type { Session } from "../../use-cases/session.ts";

export interface LeftWords {
  text: string;
  /** What may stand in the store if nobody else has written; null stands for nothing. */
  over: readonly (string | null)[];
}

export function draftStash(session: Session, name: () => string): Stash<LeftWords> {
  return stashOf(() => `${session.person.id} draft:${name()}`);
}
