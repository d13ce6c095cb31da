/**
 * What other phones and browsers of a person had said they hold and never sent, as the server told at a sign-in. Owns when it is no
 * longer told: it was read, it has arrived since, or this phone has it itself.
 */
import type { UnarrivedStream } from "../db/device-schema.ts";
import { changePerson, findPerson, listPeople } from "../db/people.ts";
import { isSomethingGone } from "./markers.ts";
import type { AppCore, Session } from "./session.ts";

/** Of the person who is open; what is no longer to be told is forgotten. */
export async function readUnarrived(app: AppCore): Promise<UnarrivedStream[]> {
  const session = app.session.peek();
  const told = session && (await findPerson(app.device, session.person.id))?.unarrived;
  if (session === null || !told?.length) return [];
  const left = await stillMissing(session, told);
  if (left.length === 0) await dropFrom(app, session);
  return left;
}

/** It was read: not told again, also when the person signs in once more. */
export async function forgetUnarrived(app: AppCore): Promise<void> {
  const session = app.session.peek();
  const told = session && (await findPerson(app.device, session.person.id))?.unarrived;
  if (session === null || !told) return;
  await session.db.write(["marks"], async (tx) => {
    for (const one of told) await tx.objectStore("marks").put({ mark: markOf(one), atMs: app.ports.clock.nowMs() });
  });
  await dropFrom(app, session);
}

async function stillMissing({ db }: Session, told: readonly UnarrivedStream[]): Promise<UnarrivedStream[]> {
  return await db.read(["entries", "streams", "marks"], async (tx) => {
    const own = await tx.objectStore("streams").getAllKeys();
    const read = await tx.objectStore("marks").getAllKeys();
    const arrived = new Map<string, number>();
    for (const { stream, first, n } of await tx.objectStore("entries").getAll())
      arrived.set(stream, Math.max(arrived.get(stream) ?? 0, first + n));
    return told
      .map((one) => ({ ...one, count: Math.min(one.count, one.head - (arrived.get(one.stream) ?? 0)) }))
      .filter((one) => one.count > 0 && !own.includes(one.stream) && !read.includes(markOf(one)));
  });
}

async function dropFrom(app: AppCore, session: Session): Promise<void> {
  await changePerson(app.device, session.person.id, ({ unarrived: _, ...record }) => record);
  app.inside.gone.value = isSomethingGone(app.ports.markers, await listPeople(app.device));
}

function markOf({ stream, head }: UnarrivedStream): string {
  return `unarrived ${stream} ${head}`;
}
