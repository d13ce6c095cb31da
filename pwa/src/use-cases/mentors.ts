/** A teacher's mentors and a mentor's teachers, as the rows of pairs tell them; and from when on the one reads the other. */
import { readRows } from "../db/rows.ts";
import type { Session } from "./session.ts";

export interface Mentor {
  name: string;
  /** Reads what was written from then on; absent: everything. */
  readsFromMs?: number;
}

/** Who accompanies the open person now. */
export async function listMentors(session: Session): Promise<Mentor[]> {
  const pairs = await readRows(session.db, "pair");
  return pairs
    .filter(({ body }) => body.active && body.teacher === session.person.id)
    .map(({ body }) => ({ name: body.mentor_name, ...(body.reads_from_ms === undefined ? {} : { readsFromMs: body.reads_from_ms }) }));
}

export async function readMentors(session: Session): Promise<string[]> {
  return (await listMentors(session)).map(({ name }) => name);
}

/** From when on the open person, a mentor, reads this teacher; undefined: everything. */
export async function readsFrom(
  session: Pick<Session, "db"> & { person: Pick<Session["person"], "id"> },
  teacher: string,
): Promise<number | undefined> {
  const pairs = await readRows(session.db, "pair");
  const own = pairs.find(({ body }) => body.active && body.mentor === session.person.id && body.teacher === teacher);
  return own?.body.reads_from_ms;
}
