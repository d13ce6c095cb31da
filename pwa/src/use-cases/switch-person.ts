/** The phone is handed on. Owns that the next opening asks for the PIN. */
import { unlessFull } from "../db/database.ts";
import { changePerson } from "../db/people.ts";
import { announce } from "../db/topics.ts";
import { closeSession } from "./open-session.ts";
import type { AppCore } from "./session.ts";

/**
 * Closes the open person, in every window, and goes to the choice of people. Nothing is deleted. On a full phone, too, where the next start may let an
 * only person in without a PIN: that is less than a screen that stays open for whoever comes next.
 */
export async function switchPerson(app: AppCore): Promise<void> {
  const open = app.inside.session.peek();
  app.inside.page.rememberUnlocked(null);
  if (open !== null) {
    await changePerson(app.device, open.person.id, (now) => ({ ...now, putAway: true })).catch(unlessFull);
    announce([`handed_on:${open.person.id}`]);
  }
  await closeSession(app);
}
