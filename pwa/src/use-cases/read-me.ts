/** What the Me screen tells about the person and the phone. */
import { readRows } from "../db/rows.ts";
import { studyScope } from "../domain/ids.ts";
import { localized } from "../domain/localized.ts";
import { listMentors, type Mentor } from "./mentors.ts";
import type { AppCore, Session } from "./session.ts";

export interface StorageView {
  usedBytes?: number;
  freeBytes?: number;
  /** True when the browser promised not to clear our storage. */
  persisted: boolean;
}

export async function readStorage(app: AppCore): Promise<StorageView> {
  const { space } = app.ports;
  const [freeBytes, usedBytes] = [await space.freeBytes(), await space.usedBytes()];
  return {
    ...(freeBytes === undefined ? {} : { freeBytes }),
    ...(usedBytes === undefined ? {} : { usedBytes }),
    persisted: await space.persisted(),
  };
}

export interface MeView {
  name: string;
  organisation: string;
  roles: string[];
  mentors: Mentor[];
  cohorts: string[];
  devices: {
    name: string;
    enrolledMs: number;
    revoked: boolean;
    thisOne: boolean;
  }[];
  lessonsDone: number;
  entries: number;
  quizzesDone: number;
}

/** Topics: rows, events, pulled. */
export async function readMe(session: Session, language: string): Promise<MeView> {
  const [profiles, mentors, cohorts, devices, study] = await Promise.all([
    readRows(session.db, "profile"),
    listMentors(session),
    readRows(session.db, "cohort"),
    readRows(session.db, "device"),
    session.studies.of(studyScope(session.person.id)),
  ]);
  const profile = profiles.find(({ body }) => body.person === session.person.id)?.body;
  return {
    name: profile?.name ?? session.person.name,
    organisation: profile?.organisation ?? "",
    roles: [...(profile?.roles ?? session.person.roles)],
    mentors,
    cohorts: cohorts.map(({ body }) => localized(body.name, language)),
    devices: devices
      .map(({ key, body }) => ({
        name: body.name,
        enrolledMs: body.enrolled_ms,
        revoked: body.revoked,
        thisOne: key === session.deviceId,
      }))
      .sort((left, right) => right.enrolledMs - left.enrolledMs),
    lessonsDone: [...study.lessons.values()].filter((trace) => trace.finishedMs !== undefined).length,
    entries: study.entries.size,
    quizzesDone: [...study.attempts.values()].filter((attempt) => attempt.finished !== undefined).length,
  };
}
