/**
 * What the other people of this phone have not sent goes while somebody else is on screen: browsers with no Background Sync, and one that gave
 * up, would keep it until they come back. What anybody took to carry goes, too. Owns when. Invariants: each under their own credential, one at
 * a time, after the open person's own run: to the root where that reached it, to a hub where it did not; nobody waits for another's turn to
 * come; nothing on screen waits for it.
 */
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { getStatus } from "../db/meta.ts";
import type { PersonRecord } from "../db/device-schema.ts";
import { listPeople } from "../db/people.ts";
import { countWaiting } from "../db/waiting.ts";
import type { Locks } from "../platform/ports.ts";
import { uploadOf } from "./blobs.ts";
import { forwardCarried } from "./carry.ts";
import { askHubs } from "./hubs.ts";
import type { Session } from "./session.ts";
import { type PersonRun, withPerson } from "./sync-person.ts";

/** Nothing new comes to be here of people who are not open: looking rarely is enough. */
const LOOK_MS = 5 * 60_000;

type Way = "root" | "hub";
const lookedMs = new WeakMap<Session, Partial<Record<Way, number>>>();

export async function syncOthers(session: Session): Promise<void> {
  const nowMs = session.app.ports.clock.monotonicMs();
  const way = (await session.db.read(["meta"], getStatus)).reachable ? "root" : "hub";
  const looked = lookedMs.get(session) ?? {};
  if (nowMs - (looked[way] ?? -LOOK_MS) < LOOK_MS) return;
  lookedMs.set(session, { ...looked, [way]: nowMs });
  const giving = giveOthers(session, way);
  // Whoever took a file to carry is not open, perhaps, and theirs is the note that it waits.
  if (way === "root") await forwardCarried(session, false).catch(() => undefined);
  await giving;
}

async function giveOthers(session: Session, way: Way): Promise<void> {
  const { app, person } = session;
  const { ports, device } = app;
  // Who is open in another tab sees to their own there, however long that takes: nobody else's work waits for it.
  const locks: Locks = { exclusive: async (name, _mode, work) => await ports.locks.exclusive(name, "if-available", work) };
  await ports.locks.exclusive("xuetan-others", "if-available", async () => {
    for (const other of await listPeople(device)) {
      // Whoever is on screen now sees to their own, and to the others after it.
      if (app.session.peek() !== session) return;
      if (other.person === person.id) continue;
      const give = async (run: PersonRun): Promise<unknown> => await (way === "root" ? sendWaiting : giveToHub)(session, other, run);
      // One whose database does not open keeps nobody else's work here.
      await withPerson(device, other.person, { ...ports, locks }, app.inside.version, give, true).catch(() => undefined);
    }
  });
}

async function sendWaiting({ app }: Session, { person }: PersonRecord, { db, api, credential, engine }: PersonRun): Promise<void> {
  if ((await countWaiting(db)) > 0) await engine.run();
  if ((await blobsWaiting(db)).length > 0) await uploadOf({ person, db, api, credential, ports: app.ports });
}

async function giveToHub({ app }: Session, { person, rootKey }: PersonRecord, { db }: PersonRun): Promise<void> {
  if ((await countWaiting(db)) > 0) await askHubs({ app, db, rootKey, person: { id: person } }, "if-available");
}
