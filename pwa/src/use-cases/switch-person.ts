/** The phone is handed on. Owns that the next opening asks for the PIN. */
import { changePerson } from "../db/people.ts";
import { closeSession } from "./open-session.ts";
import type { AppCore } from "./session.ts";

/** Closes the open person and goes to the choice of people. Nothing is deleted. */
export async function switchPerson(app: AppCore): Promise<void> {
  const open = app.inside.session.peek();
  app.inside.page.rememberUnlocked(null);
  if (open !== null) await changePerson(app.device, open.person.id, (now) => ({ ...now, putAway: true }));
  await closeSession(app);
}
