/** Words of a draft that a reload overtook on their way to the store. */
import { type Stash, stashOf } from "../../ui/stash.ts";
import type { Session } from "../../use-cases/session.ts";

export function draftStash(session: Session, name: () => string): Stash<string> {
  return stashOf(() => `${session.person.id} draft:${name()}`);
}
