/** Names of people, as the rows of the server tell them. Owns the look-up; a person without a row is shown without a name. */
import { readRows } from "../db/rows.ts";
import type { Session } from "./session.ts";

export type Names = (person: string) => string;

export async function readNames(session: Session): Promise<Names> {
  const names = new Map<string, string>();
  for (const { body } of await readRows(session.db, "pair")) {
    names.set(body.mentor, body.mentor_name);
    names.set(body.teacher, body.teacher_name);
  }
  for (const { body } of await readRows(session.db, "person_card")) names.set(body.person, body.name);
  for (const { body } of await readRows(session.db, "profile")) names.set(body.person, body.name);
  names.set(session.person.id, names.get(session.person.id) ?? session.person.name);
  return (person) => names.get(person) ?? "";
}
