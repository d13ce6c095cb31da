/** Attempts of this device: begun, resumed, dropped. Owns their records; what was answered is in the events. */
import { findInstalled } from "../db/find-installed.ts";
import { pinAttempt, unpinAttempt } from "../db/pinned-attempts.ts";
import type { AttemptRecord } from "../db/person-schema.ts";
import { newThingId, studyScope } from "../domain/ids.ts";
import type { AttemptTrace } from "../domain/study.ts";
import type { Session } from "./session.ts";

/** The unfinished attempt of this device, or a new one. */
export async function openAttempt(session: Session, pack: string, lesson: string, language: string): Promise<AttemptRecord | undefined> {
  const before = await readAttempt(session, pack, lesson);
  if (before !== undefined && (await traceOf(session, before.attempt))?.finished === undefined) return before;
  const installed = await findInstalled(session.app.device, pack);
  if (installed === undefined) return undefined;
  const { random, clock } = session.app.ports;
  const nowMs = clock.nowMs();
  const { version, manifest } = installed;
  const record: AttemptRecord = {
    pack,
    lesson,
    attempt: newThingId(random),
    version,
    manifest,
    language,
    begunMs: nowMs,
    shownMs: nowMs,
  };
  // Pinned first: a version that is pinned for nothing costs space, one that is missing costs an attempt.
  await pinAttempt(session.app.device, {
    attempt: record.attempt,
    person: session.person.id,
    manifest,
    lesson,
  });
  return await session.db.write(["attempts"], async (tx) => {
    const now = await tx.objectStore("attempts").get([pack, lesson]);
    if (now !== undefined && now.attempt !== before?.attempt) return now; // another tab was faster
    await tx.objectStore("attempts").put(record);
    return record;
  });
}

export async function readAttempt(session: Session, pack: string, lesson: string): Promise<AttemptRecord | undefined> {
  return await session.db.read(["attempts"], async (tx) => await tx.objectStore("attempts").get([pack, lesson]));
}

export async function touchAttempt(session: Session, record: AttemptRecord): Promise<void> {
  const shownMs = session.app.ports.clock.nowMs();
  await session.db.write(["attempts"], async (tx) => {
    const now = await tx.objectStore("attempts").get([record.pack, record.lesson]);
    if (now?.attempt === record.attempt) await tx.objectStore("attempts").put({ ...now, shownMs });
  });
}

export async function dropAttempt(session: Session, record: AttemptRecord): Promise<void> {
  await session.db.write(["attempts"], async (tx) => {
    await tx.objectStore("attempts").delete([record.pack, record.lesson]);
  });
  await unpinAttempt(session.app.device, record.attempt);
}

export async function traceOf(session: Session, attempt: string): Promise<AttemptTrace | undefined> {
  return (await session.studies.of(studyScope(session.person.id))).attempts.get(attempt);
}
