/** A teacher's work on this phone: packs, lessons, quizzes, the log, and what Today makes of it. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Question } from "../contracts/quiz.ts";
import type { PersonTx } from "../db/person-schema.ts";
import { toHex, utf8 } from "../domain/bytes.ts";
import { digest } from "../platform/compression.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { type BuiltPack, buildPack, makeKey, servePacks, signedKeyring } from "../testing/packs.ts";
import { readDraft, saveDraft } from "./drafts.ts";
import { listDrafts } from "./list-drafts.ts";
import { installPack, removePack } from "./install-pack.ts";
import { chooseHead, listEntries, readEntry, saveEntry } from "./journal.ts";
import { readCatalogue } from "./read-catalogue.ts";
import { finishLesson, openLesson, readLesson, savePlace } from "./read-lesson.ts";
import { readPack } from "./read-pack.ts";
import { readToday } from "./read-today.ts";
import type { Session } from "./session.ts";
import { answerQuestion, finishQuiz, openQuiz, readAnswerDraft, saveAnswerDraft } from "./take-quiz.ts";

let app: TestApp;
let session: Session;
let pack: BuiltPack;
let next: BuiltPack;

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

async function putRow(scope: string, kind: string, key: string, body: object): Promise<void> {
  await session.db.write(["rows"], async (tx) => {
    await tx.objectStore("rows").put({ scope, kind, key, position: 1, body: { ...body } });
  });
}

async function kinds(): Promise<string[]> {
  const events = await session.db.read(["events"], async (tx: PersonTx<"events", "readonly">) => await tx.objectStore("events").getAll());
  return events.map((event) => event.kind);
}

async function install(): Promise<void> {
  expect(await installPack(session, "pack", "pictures")).toEqual({ ok: true });
}

test("the catalogue says what a pack is, who gave it, until when, and what it costs", async () => {
  const [view] = await readCatalogue(session, "en");
  expect(view).toMatchObject({
    slug: "pack",
    title: "Pack",
    state: "available",
    dueDay: "2026-09-30",
    assigned: { byName: "周敏" },
    lessonsTotal: 2,
  });
  await install();
  expect((await readCatalogue(session, "zh-Hans"))[0]).toMatchObject({
    state: "installed",
    tier: "pictures",
    installedVersion: 1,
  });
  await putRow("pub", "pack", "pack", next.card);
  expect((await readCatalogue(session, "zh-Hans"))[0]).toMatchObject({
    state: "update",
    version: 2,
    installedVersion: 1,
  });
  await putRow("pub", "pack_recalled", "pack", {
    slug: "pack",
    version: 1,
    reason: { "zh-Hans": "有错" },
  });
  expect((await readCatalogue(session, "zh-Hans"))[0]).toMatchObject({
    state: "recalled",
    recallReason: "有错",
  });
  expect(await readLesson(session, "pack", "01", "zh-Hans")).toEqual({
    ok: false,
    code: "recalled",
    reason: "有错",
  });
});

test("installing again writes nothing, removing is written, records stay", async () => {
  await install();
  await install();
  await finishLesson(session, "pack", "01", "zh-Hans");
  await removePack(session, "pack");
  expect(await kinds()).toEqual(["pack_installed/1", "lesson_finished/1", "pack_removed/1"]);
  expect((await readPack(session, "pack", "zh-Hans"))?.lessonsDone).toBe(1);
});

test("a lesson remembers its place, is opened once a day and finished once", async () => {
  await install();
  await openLesson(session, "pack", "01");
  await openLesson(session, "pack", "01");
  app.ports.fake.nowMs += 86_400_000;
  await openLesson(session, "pack", "01");
  await savePlace(session, "pack", "01", { block: "p4", fraction: 0.5 });
  await finishLesson(session, "pack", "01", "zh-Hans");
  await finishLesson(session, "pack", "01", "zh-Hans");
  expect(await readLesson(session, "pack", "01", "en")).toMatchObject({
    ok: true,
    lesson: {
      html: "<p id=p0>页</p>",
      language: "zh-Hans",
      place: { block: "p4" },
      finished: true,
      hasQuiz: true,
      next: { lesson: "02" },
    },
  });
  const before = ["lesson_opened/1", "lesson_opened/1", "lesson_finished/1"];
  expect((await kinds()).filter((kind) => kind.startsWith("lesson"))).toEqual(before);
  await finishLesson(session, "pack", "01", "zh-Hans", true);
  expect((await kinds()).filter((kind) => kind.startsWith("lesson"))).toEqual([...before, "lesson_finished/1"]);
});

test("a page that the browser lost is told as damaged, not shown empty", async () => {
  await install();
  await app.ports.caches.delete("xuetan-packs");
  expect(await readLesson(session, "pack", "01", "zh-Hans")).toEqual({
    ok: false,
    code: "damaged",
  });
  await install();
  expect(await readLesson(session, "pack", "01", "zh-Hans")).toMatchObject({
    ok: true,
  });
});

test("a lesson names a picture's address only while the picture is on the phone", async () => {
  const [root, publisher] = [await makeKey(), await makeKey()];
  const drawing = utf8("<svg/>");
  const hash = toHex(await digest(drawing));
  const pages = { "01": `<p id=p0><img alt="黑板" src="/packs/b/${hash}" width="4"></p>` };
  const drawn = await buildPack(publisher, { slug: "drawn", version: 1, pages, pictures: [drawing] });
  session = await openPerson(app, { person: "reader", rootKey: root.spki });
  const keyring = await signedKeyring(root, [publisher]);
  app.ports.fake.routes.unshift(servePacks([drawn], () => keyring).route);
  await putRow("pub", "pack", "drawn", drawn.card);
  const html = async () => await readLesson(session, "drawn", "01", "zh-Hans").then((read) => read.ok && read.lesson.html);
  expect(await installPack(session, "drawn", "text")).toEqual({ ok: true });
  expect(await html()).toBe('<p id=p0><img alt="黑板" width="4"></p>');
  expect(await installPack(session, "drawn", "pictures")).toEqual({ ok: true });
  expect(await html()).toBe(pages["01"]);
});

describe("a quiz", () => {
  beforeEach(install);

  async function open() {
    const opened = await openQuiz(session, "pack", "01", "zh-Hans");
    if (!opened.ok) throw new Error(opened.code);
    return opened.quiz;
  }

  test("is resumed where it was, with the answers and the same order", async () => {
    const before = await open();
    expect(await answerQuestion(session, before, "q1", "b")).toMatchObject({
      score: 1,
      correct: true,
      feedback: ["对"],
      explanation: "因为",
    });
    await saveAnswerDraft(session, before.attempt, "q2", ["2"]);
    const after = await open();
    expect(after).toMatchObject({
      attempt: before.attempt,
      at: 1,
      answered: { q1: { answer: "b", graded: { score: 1 } } },
    });
    expect(after.questions).toEqual(before.questions);
    expect(await readAnswerDraft(session, after.attempt, "q2")).toEqual(["2"]);
    await answerQuestion(session, after, "q2", ["1", "2", "3", "4"]);
    expect(await readAnswerDraft(session, after.attempt, "q2")).toBeNull();
  });

  test("never shows the right order, and grades the one that was answered", async () => {
    const quiz = await open();
    const shown = quiz.questions[1]?.choices?.map((choice) => choice.id) ?? [];
    expect(shown).not.toEqual(["1", "2", "3", "4"]);
    expect((await answerQuestion(session, quiz, "q2", shown)).score).toBeLessThan(1);
  });

  test("counts the first answer, and finishes once; reflections are not counted", async () => {
    const quiz = await open();
    await answerQuestion(session, quiz, "q1", "a");
    expect(await answerQuestion(session, quiz, "q1", "b")).toMatchObject({
      score: 0,
      feedback: ["不是"],
      correctAnswer: "b",
    });
    await answerQuestion(session, quiz, "q2", ["1", "2", "3", "4"]);
    await answerQuestion(session, quiz, "q3", "我想了");
    expect(await finishQuiz(session, quiz)).toEqual({
      score: 1,
      scoreMax: 2,
      missed: [{ question: "q1", stem: "一" }],
    });
    await finishQuiz(session, quiz);
    expect((await kinds()).filter((kind) => kind === "quiz_finished/1")).toHaveLength(1);
    expect((await open()).attempt).not.toBe(quiz.attempt);
    expect((await readPack(session, "pack", "zh-Hans"))?.lessons[0]).toMatchObject({ bestScore: 0.5, attemptOpen: true });
  });

  test("goes on with its version while the pack is updated", async () => {
    const quiz = await open();
    await answerQuestion(session, quiz, "q1", "b");
    await putRow("pub", "pack", "pack", next.card);
    await install();
    const after = await open();
    expect([after.version, after.questions.length, after.at]).toEqual([1, 3, 1]);
    await finishQuiz(session, after);
    expect(await open()).toMatchObject({ version: 2 });
  });

  test("two tabs that open it at once have the same attempt", async () => {
    const [one, two] = await Promise.all([open(), open()]);
    expect(one.attempt).toBe(two.attempt);
  });
});

describe("the log", () => {
  test("a save takes its draft along, an empty or too long one is told, the same text makes no noise", async () => {
    await saveDraft(session, { draft: "new", parents: [], text: "写到一半" });
    expect((await readDraft(session, "new"))?.text).toBe("写到一半");
    const saved = await saveEntry(session, {
      parents: [],
      text: "写完了",
      draft: "new",
    });
    if (!saved.ok) throw new Error(saved.code);
    expect(await listDrafts(session)).toEqual([]);
    expect(
      await saveEntry(session, {
        entry: saved.entry,
        parents: [saved.ver],
        text: "写完了",
      }),
    ).toEqual(saved);
    expect(await saveEntry(session, { parents: [], text: " \n" })).toEqual({
      ok: false,
      code: "empty",
    });
    expect(await saveEntry(session, { parents: [], text: "字".repeat(8001) })).toEqual({ ok: false, code: "too_long" });
    expect(await kinds()).toEqual(["journal_saved/1"]);
    expect(app.ports.fake.persistAsked).toBeGreaterThan(0);
  });

  test("two versions from two devices are both kept and shown until the owner chooses", async () => {
    const saved = await saveEntry(session, { parents: [], text: "一" });
    if (!saved.ok) throw new Error(saved.code);
    await saveEntry(session, {
      entry: saved.entry,
      parents: [saved.ver],
      text: "在手机上",
    });
    app.ports.fake.nowMs += 1000;
    const other = await saveEntry(session, {
      entry: saved.entry,
      parents: [saved.ver],
      text: "在电脑上",
    });
    if (!other.ok) throw new Error(other.code);
    expect((await readEntry(session, saved.entry, "zh-Hans"))?.heads.map((head) => head.text)).toEqual(["在电脑上", "在手机上"]);
    expect((await listEntries(session, "zh-Hans"))[0]).toMatchObject({
      twoVersions: true,
      delivery: "waiting",
    });
    await chooseHead(session, saved.entry, other.ver);
    const view = await readEntry(session, saved.entry, "zh-Hans");
    expect([view?.heads.map((head) => head.text), view?.versions.length]).toEqual([["在电脑上"], 4]);
  });
});

test("Today goes from getting the pack to lesson, quiz, log and the next lesson", async () => {
  const step = async () => (await readToday(session, "zh-Hans")).next;
  expect(await step()).toMatchObject({
    kind: "install-pack",
    bytes: pack.card.tiers[0]?.bytes,
  });
  await install();
  expect(await step()).toMatchObject({ kind: "start-lesson", lesson: "01" });
  await savePlace(session, "pack", "01", { block: "p0", fraction: 0.2 });
  expect(await step()).toMatchObject({ kind: "resume-lesson", lesson: "01" });
  await finishLesson(session, "pack", "01", "zh-Hans");
  expect(await step()).toMatchObject({ kind: "take-quiz" });
  const opened = await openQuiz(session, "pack", "01", "zh-Hans");
  if (!opened.ok) throw new Error(opened.code);
  await answerQuestion(session, opened.quiz, "q1", "b");
  expect(await step()).toMatchObject({ kind: "resume-quiz", left: 2 });
  await finishQuiz(session, opened.quiz);
  expect(await step()).toMatchObject({
    kind: "write-journal",
    prompt: "写一写",
    draft: "new:pack/01",
  });
  await saveDraft(session, {
    draft: "new:pack/01",
    parents: [],
    text: "试过了",
    pack: "pack",
    lesson: "01",
  });
  expect(await step()).toMatchObject({
    kind: "finish-draft",
    excerpt: "试过了",
  });
  await saveEntry(session, {
    parents: [],
    text: "试过了",
    pack: "pack",
    lesson: "01",
    draft: "new:pack/01",
  });
  expect(await step()).toMatchObject({ kind: "start-lesson", lesson: "02" });
  expect((await readToday(session, "zh-Hans")).dueAssignments).toMatchObject([{ pack: "pack", daysLeft: 9, lessonsDone: 1 }]);
});
