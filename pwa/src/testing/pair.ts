/** A teacher and the mentor, each on a phone, and the server between them. Owns the situation before each test. */
import { beforeEach } from "vitest";
import { ProtocolServer } from "../sync/testing/protocol-server.ts";
import { makeApp, openPerson, type TestApp } from "./app.ts";
import { giveFeedback, readTeacherEntry } from "../use-cases/caseload.ts";
import { readEntry, saveEntry } from "../use-cases/journal.ts";
import type { Session } from "../use-cases/session.ts";
import { syncNow } from "../use-cases/sync-now.ts";

export let server: ProtocolServer;
export let teacher: Session;
export let mentor: Session;
export let teacherApp: TestApp;
let mentorApp: TestApp;
let made = 0;

beforeEach(async () => {
  made += 1;
  line.online = true;
  server = new ProtocolServer();
  const [t, m] = [`teacher-${made}`, `mentor-${made}`];
  server.addMember(`u:${t}`, t, "owner");
  server.addMember(`p:${t}`, t, "owner");
  server.addMember(`u:${t}`, m, "mentor");
  server.addMember(`p:${m}`, m, "owner");
  const pair = {
    mentor: m,
    mentor_name: "陈玉梅",
    teacher: t,
    teacher_name: "马小云",
    teacher_organisation: "石梯村小学",
    active: true,
    goals: "",
  };
  for (const person of [t, m]) server.appendRow(`p:${person}`, "pair", "pair-1", pair);
  server.appendRow(`p:${t}`, "profile", t, {
    person: t,
    name: "马小云",
    roles: ["teacher"],
    organisation: "石梯村小学",
    language: "zh-Hans",
    time_zone: "Asia/Shanghai",
  });
  server.appendRow(`p:${t}`, "inbox_item", "i1", {
    text_key: "inbox.hello",
    params: {},
    created_ms: 5,
  });
  teacherApp = appOf(t);
  teacher = await openPerson(teacherApp, {
    person: t,
    name: "马小云",
    token: t,
  });
  mentorApp = appOf(m);
  mentor = await openPerson(mentorApp, {
    person: m,
    name: "陈玉梅",
    roles: ["mentor"],
    token: m,
  });
  await syncNow(teacher);
  await syncNow(mentor);
});

function appOf(person: string): TestApp {
  const app = makeApp();
  app.ports.fake.routes.push(async (path, init) => {
    if (path !== "/sync/1" || !line.online) return undefined;
    server.clockMs = app.ports.fake.nowMs;
    return Response.json(
      await server.handle(init.body as Uint8Array<ArrayBuffer>, {
        person,
        device: "device-1",
      }),
    );
  });
  return app;
}

/** A minute passes for everybody. */
export function pass(): void {
  for (const app of [teacherApp, mentorApp]) app.ports.fake.nowMs += 60_000;
}

export async function exchange(): Promise<void> {
  pass();
  await syncNow(teacher);
  await syncNow(mentor);
  await syncNow(teacher);
}

export async function reviewed(): Promise<{ entry: string; ver: string; feedback: string }> {
  const saved = await saveEntry(teacher, { parents: [], text: "今天安静了十分钟。" });
  if (!saved.ok) throw new Error(saved.code);
  await exchange();
  const { entry, ver } = saved;
  const given = await giveFeedback(mentor, { teacher: teacher.person.id, entry, ver, verdict: "revise", text: "写下题木" });
  if (!given.ok) throw new Error(given.code);
  await exchange();
  await syncNow(teacher);
  return { entry, ver, feedback: given.feedback };
}

export async function sees(session: Session, entry: string) {
  const view =
    session === teacher ? await readEntry(teacher, entry, "zh-Hans") : await readTeacherEntry(mentor, teacher.person.id, entry, "zh-Hans");
  return view?.feedback;
}

/** Whether requests arrive. */
export const line = { online: true };
