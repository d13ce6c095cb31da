/** A teacher's mentors, as the rows of pairs tell them. */
import { readRows } from "../db/rows.ts";
import type { Session } from "./session.ts";

/** Who accompanies the open person now. */
export async function readMentors(session: Session): Promise<string[]> {
  const pairs = await readRows(session.db, "pair");
  return pairs.filter(({ body }) => body.active && body.teacher === session.person.id).map(({ body }) => body.mentor_name);
}
