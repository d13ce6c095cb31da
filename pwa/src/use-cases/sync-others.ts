/**
 * What the other people of this phone have not sent goes while somebody else is on screen: browsers with no Background Sync, and one that gave
 * up, would keep it until they come back. Owns when. Invariants: each under their own credential, one at a time, after the open person's own
 * run and only where that reached the root; nothing on screen waits for it.
 */
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { getStatus } from "../db/meta.ts";
import { listPeople } from "../db/people.ts";
import { watchTopics } from "../db/topics.ts";
import { countWaiting } from "../db/waiting.ts";
import type { Locks } from "../platform/ports.ts";
import { uploadOf } from "./blobs.ts";
import type { Session } from "./session.ts";
import { type PersonRun, withPerson } from "./sync-person.ts";

/** Nothing new comes to be here of people who are not open: looking rarely is enough. */
const LOOK_MS = 5 * 60_000;

const lookedMs = new WeakMap<Session, number>();

export async function syncOthers(session: Session): Promise<void> {
  const { app, person } = session;
  const { ports, device } = app;
  const nowMs = ports.clock.monotonicMs();
  if (nowMs - (lookedMs.get(session) ?? -LOOK_MS) < LOOK_MS) return;
  if (!(await session.db.read(["meta"], getStatus)).reachable) return;
  lookedMs.set(session, nowMs);
  // Who is open in another tab sees to their own there, however long that takes: nobody else's work waits for it.
  const locks: Locks = { exclusive: async (name, _mode, work) => await ports.locks.exclusive(name, "if-available", work) };
  const others = { ...ports, locks };
  await ports.locks.exclusive("xuetan-others", "if-available", async () => {
    for (const { person: other } of await listPeople(device)) {
      // Whoever is on screen now sees to their own, and to the others after it.
      if (app.session.peek() !== session) return;
      if (other === person.id) continue;
      const send = async (run: PersonRun): Promise<void> => await sendWaiting(session, other, run);
      // One whose database does not open keeps nobody else's work here.
      await withPerson(device, other, others, app.inside.version, send).catch(() => undefined);
    }
  });
}

async function sendWaiting({ app }: Session, person: string, { db, api, credential, engine }: PersonRun): Promise<void> {
  if ((await countWaiting(db)) > 0) {
    // Should they open the app meanwhile, their own engine waits for this one, and their button means it.
    const stop = watchTopics(["hurry"], () => engine.hurry(true));
    await engine.run().finally(stop);
  }
  if ((await blobsWaiting(db)).length > 0) await uploadOf({ person, db, api, credential, ports: app.ports });
}
