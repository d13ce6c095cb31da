/** A teacher with a class that was given a pack of two lessons. Owns the situation before each test. */
import { beforeEach, expect } from "vitest";
import type { Question } from "../contracts/quiz.ts";
import type { PersonTx } from "../db/person-schema.ts";
import { utf8 } from "../domain/bytes.ts";
import { makeApp, openPerson, type TestApp } from "./app.ts";
import { type BuiltPack, buildPack, makeKey, servePacks, signedKeyring } from "./packs.ts";
import { installPack } from "../use-cases/install-pack.ts";
import type { Session } from "../use-cases/session.ts";

export let app: TestApp;
export let session: Session;
export let pack: BuiltPack;
export let next: BuiltPack;

const QUESTIONS: Question[] = [
  {
    id: "q1",
    kind: "single",
    difficulty: 1,
    stem: "一",
    explanation: "因为",
    choices: [
      { id: "a", text: "甲", feedback: "不是" },
      { id: "b", text: "乙", correct: true, feedback: "对" },
    ],
  },
  {
    id: "q2",
    kind: "ordering",
    difficulty: 1,
    stem: "二",
    explanation: "顺序",
    choices: ["1", "2", "3", "4"].map((id) => ({ id, text: id })),
  },
  {
    id: "q3",
    kind: "reflection",
    difficulty: 1,
    stem: "三",
    explanation: "想",
  },
];

beforeEach(async () => {
  app = makeApp();
  const [root, publisher] = [await makeKey(), await makeKey()];
  session = await openPerson(app, { rootKey: root.spki });
  const keyring = await signedKeyring(root, [publisher]);
  const plan = {
    slug: "pack",
    pages: { "01": "<p id=p0>页</p>", "02": "<p>二</p>" },
    pictures: [utf8("<svg/>")],
  };
  pack = await buildPack(publisher, {
    ...plan,
    version: 1,
    quizzes: { "01": QUESTIONS },
  });
  next = await buildPack(publisher, {
    ...plan,
    version: 2,
    quizzes: { "01": QUESTIONS.slice(0, 1) },
  });
  app.ports.fake.routes.push(servePacks([pack, next], () => keyring).route);
  await putRow("c:class", "pack", "pack", pack.card);
  await putRow("c:class", "assignment", "pack", {
    slug: "pack",
    version: 1,
    assigned_ms: 0,
    due_day: "2026-09-30",
    by_name: "周敏",
  });
});

export async function putRow(scope: string, kind: string, key: string, body: object): Promise<void> {
  await session.db.write(["rows"], async (tx) => {
    await tx.objectStore("rows").put({ scope, kind, key, position: 1, body: { ...body } });
  });
}

export async function kinds(): Promise<string[]> {
  const events = await session.db.read(["events"], async (tx: PersonTx<"events", "readonly">) => await tx.objectStore("events").getAll());
  return events.map((event) => event.kind);
}

export async function install(): Promise<void> {
  expect(await installPack(session, "pack", "pictures")).toEqual({ ok: true });
}

/** Somebody else of this phone, who believes another root. */
export async function openReader(rootKey: string): Promise<void> {
  session = await openPerson(app, { person: "reader", rootKey });
}
