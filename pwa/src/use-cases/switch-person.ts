/** The phone is handed on. Owns that the next opening asks for the PIN. */
import { unlessFull } from "../db/database.ts";
import { changePerson } from "../db/people.ts";
import { closeSession } from "./open-session.ts";
import type { AppCore } from "./session.ts";

/**
 * Closes the open person and goes to the choice of people. Nothing is deleted. On a full phone, too: that a reload lets the only person in without a PIN is less than a screen that stays open for whoever comes
 * next, and where there are others it asks as ever.
 */
export async function switchPerson(app: AppCore): Promise<void> {
  const open = app.inside.session.peek();
  app.inside.page.rememberUnlocked(null);
  if (open !== null) await changePerson(app.device, open.person.id, (now) => ({ ...now, putAway: true })).catch(unlessFull);
  await closeSession(app);
}
