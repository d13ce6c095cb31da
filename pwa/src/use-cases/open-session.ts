/** Opening and closing one person: the database, its folds, the engine and its triggers. Owns their lifetimes. */
import { signal } from "@preact/signals";
import { httpTransport } from "../api/sync-transport.ts";
import type { PersonRecord } from "../db/device-schema.ts";
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { unlessFull } from "../db/database.ts";
import { getStatus, getSyncMeta, prepareDatabase } from "../db/meta.ts";
import { changePerson, listPeople } from "../db/people.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { Studies } from "../db/studies.ts";
import { watchTopics } from "../db/topics.ts";
import { countWaiting } from "../db/waiting.ts";
import { storeLastWords } from "../platform/last-words.ts";
import { SyncEngine } from "../sync/engine.ts";
import { adoptDevice } from "../sync/rotate.ts";
import { SyncScheduler } from "../sync/scheduler.ts";
import { credentialOf } from "./credential.ts";
import { keepMarker } from "./markers.ts";
import { resumeDownloads } from "./resume-downloads.ts";
import type { AppCore, Session } from "./session.ts";
import { FIRST_STATE, keepSyncState } from "./sync-now.ts";

/** Opens the person and begins to sync; whoever was open is closed before. */
export async function openSession(app: AppCore, record: PersonRecord): Promise<Session> {
  await closeSession(app);
  // A link's code is for who came with it: the form of the next person must not hold it.
  app.inside.codeFromLink = null;
  const session = await makeSession(app, record);
  app.inside.page.rememberUnlocked(record.person);
  // Who is on a phone with no space left gets in all the same.
  await changePerson(app.device, record.person, (now) => ({
    ...now,
    lastOpenedMs: app.ports.clock.nowMs(),
    putAway: false,
  })).catch(unlessFull);
  app.inside.session.value = session;
  session.scheduler.start();
  void resumeDownloads(session).catch(() => undefined);
  return session;
}

/** The screens go first, the last words of their fields next, and only then the database. */
export async function closeSession(app: AppCore): Promise<void> {
  const open = app.inside.session.peek();
  if (open === null) return;
  await storeLastWords();
  // Two may close the same person; neither closes whoever came next.
  if (app.inside.session.peek() === open) app.inside.session.value = null;
  await storeLastWords();
  open.close();
}

/** Handed on in another window: then here, too. Returns the way to stop. */
function followHandingOn({ app, person }: Session): () => void {
  return watchTopics([`handed_on:${person.id}`], () => {
    app.inside.page.rememberUnlocked(null);
    void closeSession(app);
  });
}

/** At start: who was let in in this tab, or the only person of this phone, unless the phone was handed on or the PIN is wanted each time. */
export async function openLastPerson(app: AppCore, people: readonly PersonRecord[]): Promise<void> {
  const here = app.inside.page.unlocked();
  const only = people.length === 1 && !app.inside.settings.peek().alwaysAskPin ? people[0] : undefined;
  const record = people.find((one) => one.person === here) ?? only;
  // Handed on in another window, perhaps: that holds for this one too.
  if (record !== undefined && record.putAway !== true) await openSession(app, record);
}

/**
 * What comes after a run, in code that is loaded where there is some of it: files to send, hubs to ask, what is carried, what was erased,
 * the others of this phone. At the start hubs alone: at the school's once more, perhaps, what it told is shown.
 */
async function afterRun(session: Session, atStart?: true): Promise<unknown> {
  const [{ reachable }, { hub, carries }, erased] = await session.db.read(["meta", "rows"], async (tx) => [
    await getStatus(tx),
    await getSyncMeta(tx),
    await tx.objectStore("rows").index("by_kind").count("erased"),
  ]);
  const wanted =
    hub || carries || !reachable || erased || (await blobsWaiting(session.db)).length || (await listPeople(session.app.device)).length > 1;
  return wanted && (await session.app.inside.later()).afterRun(session, reachable, atStart);
}

async function makeSession(app: AppCore, record: PersonRecord): Promise<Session> {
  const { ports } = app;
  const db = openPersonDatabase(record.person);
  await prepareDatabase(db, record.person, record.device, ports.random);
  await adoptDevice(db, record.device, ports.random);
  const later = async () => await app.inside.later().catch(() => undefined);
  db.makeRoom = async () => await (await later())?.makeRoom(db, app.device);
  const credential = credentialOf(record.person, app.device, async () => {
    return (await (await later())?.renewCredential(record.person, app.device, app.api, ports.crypto)) ?? "unreachable";
  });
  const transport = httpTransport(app.api, ports.clock);
  const engine = new SyncEngine({
    ...ports,
    person: record.person,
    db,
    transport,
    credential,
    // The code that seals comes where there is something to seal; without it what is new still comes.
    seal: async () => ((await countWaiting(db)) > 0 ? ((await (await later())?.sealAll(db)) ?? 0) : 0),
    leaveDamaged: async (...damaged) => (await (await later())?.leaveDamagedBytes(...damaged)) ?? false,
    app: app.inside.version,
  });
  const scheduler = new SyncScheduler({
    ...ports,
    engine,
    db,
    after: async () => await afterRun(session),
  });
  const stops: (() => void)[] = [];
  const session: Session = {
    app,
    person: { id: record.person, name: record.name, roles: record.roles },
    timeZone: record.timeZone,
    deviceId: record.device,
    rootKey: record.rootKey,
    db,
    studies: new Studies(db),
    credential,
    engine,
    scheduler,
    syncState: signal(FIRST_STATE),
    close() {
      scheduler.stop();
      for (const stop of stops.splice(0)) stop();
      db.close();
    },
  };
  const goOn = (): unknown => ports.connectivity.isOnline() && resumeDownloads(session).catch(() => undefined);
  void afterRun(session, true).catch(() => undefined);
  stops.push(
    keepSyncState(session),
    keepMarker(session),
    ports.connectivity.watch(goOn),
    watchTopics(["hurry"], () => engine.hurry(true)),
    followHandingOn(session),
  );
  return session;
}
