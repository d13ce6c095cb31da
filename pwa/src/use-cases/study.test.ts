/** A teacher's work on this phone: packs, lessons, the log, and what Today makes of it. */
import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../domain/bytes.ts";
import { digest } from "../platform/compression.ts";
import { buildPack, makeKey, servePacks, signedKeyring } from "../testing/packs.ts";
import { readDraft, saveDraft } from "./drafts.ts";
import { listDrafts } from "./list-drafts.ts";
import { installPack, removePack } from "./install-pack.ts";
import { chooseHead, listEntries, readEntry, saveEntry } from "./journal.ts";
import { readCatalogue } from "./read-catalogue.ts";
import { finishLesson, openLesson, readLesson, savePlace } from "./read-lesson.ts";
import { readPack } from "./read-pack.ts";
import { readToday } from "./read-today.ts";
import { answerQuestion, finishQuiz, openQuiz } from "./take-quiz.ts";
import { app, session, pack, next, putRow, kinds, install, openReader } from "../testing/teacher.ts";

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
  await openReader(root.spki);
  const keyring = await signedKeyring(root, [publisher]);
  app.ports.fake.routes.unshift(servePacks([drawn], () => keyring).route);
  await putRow("pub", "pack", "drawn", drawn.card);
  const html = async () => await readLesson(session, "drawn", "01", "zh-Hans").then((read) => read.ok && read.lesson.html);
  expect(await installPack(session, "drawn", "text")).toEqual({ ok: true });
  expect(await html()).toBe('<p id=p0><img alt="黑板" width="4"></p>');
  expect(await installPack(session, "drawn", "pictures")).toEqual({ ok: true });
  expect(await html()).toBe(pages["01"]);
});

describe("the log", () => {
  test("a save takes its draft along, an empty or too long one is told, the same text makes no noise", async () => {
    await saveDraft(session, { draft: "new", parents: [], text: "写到一半" });
    expect((await readDraft(session, "new"))?.text).toBe("写到一半");
    const saved = await saveEntry(session, {
      parents: [],
      text: "写完了",
      draft: { name: "new", over: ["写到一半"] },
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
    // Of the tier that Learn has chosen beforehand.
    bytes: pack.card.tiers[1]?.bytes,
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
    draft: { name: "new:pack/01", over: ["试过了"] },
  });
  expect(await step()).toMatchObject({ kind: "start-lesson", lesson: "02" });
  expect((await readToday(session, "zh-Hans")).dueAssignments).toMatchObject([{ pack: "pack", daysLeft: 9, lessonsDone: 1 }]);
});
