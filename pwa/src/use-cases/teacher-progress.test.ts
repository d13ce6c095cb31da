/** What a mentor sees of a teacher's study without the pack, and with it. The mentor here is paired with themselves, so that one phone is enough. */
import { expect, test } from "vitest";
import { app, install, pack, putRow, session } from "../testing/teacher.ts";
import { readTeacher } from "./caseload.ts";
import { removePack } from "./install-pack.ts";
import { answerQuestion, finishQuiz, openQuiz } from "./take-quiz.ts";
import type { TeacherProgress } from "./teacher-progress.ts";

async function progress(): Promise<TeacherProgress> {
  const found = await readTeacher(session, session.person.id, "zh-Hans");
  if (found === null) throw new Error("there is no pair");
  return found.progress;
}

async function study(): Promise<void> {
  const { id } = session.person;
  const names = { mentor_name: "陈玉梅", teacher_name: "马小云", teacher_organisation: "石梯村小学", goals: "" };
  await putRow(`p:${id}`, "pair", "pair-1", { mentor: id, teacher: id, active: true, ...names });
  await install();
  const opened = await openQuiz(session, "pack", "01", "zh-Hans");
  if (!opened.ok) throw new Error(opened.code);
  await answerQuestion(session, opened.quiz, "q1", "b");
  await answerQuestion(session, opened.quiz, "q3", "我想到了小明。");
  await finishQuiz(session, opened.quiz);
}

test("with the pack an answer stands under the words of its question and lesson", async () => {
  await study();
  expect(await progress()).toMatchObject({
    reflections: [{ question: "q3", stem: "三", text: "我想到了小明。", name: { title: "第01课", packTitle: "课程包" } }],
    quizzes: [{ score: 1, name: { title: "第01课" } }],
    missing: [],
  });
});

test("without the pack an answer stands under what the catalogue and the ids tell, and the pack is offered for its price", async () => {
  await study();
  await removePack(session, "pack");
  const { reflections, quizzes, missing } = await progress();
  expect(reflections).toEqual([expect.objectContaining({ question: "q3", name: { packTitle: "课程包", number: 1 } })]);
  expect(reflections[0]).not.toHaveProperty("stem");
  expect(quizzes).toMatchObject([{ name: { packTitle: "课程包", number: 1 } }]);
  expect(missing).toMatchObject([{ slug: "pack", state: "available", prices: [{ bytes: pack.card.tiers[0]?.bytes }, {}] }]);
});

test("without the pack and without a catalogue that has it nothing is offered", async () => {
  await study();
  await removePack(session, "pack");
  await session.db.write(["rows"], async (tx) => await tx.objectStore("rows").delete(["c:class", "pack", "pack"]));
  expect(await progress()).toMatchObject({ reflections: [{ name: { number: 1 } }], missing: [] });
});

test("with another version of the pack an answer stands as without the pack: that version may ask something else under the same id", async () => {
  await study();
  await app.device.write(["packs"], async (tx) => {
    for (const installed of await tx.objectStore("packs").getAll()) await tx.objectStore("packs").put({ ...installed, version: 2 });
  });
  const { reflections, missing } = await progress();
  expect(reflections).toEqual([expect.objectContaining({ question: "q3", name: { packTitle: "课程包", number: 1 } })]);
  expect(reflections[0]).not.toHaveProperty("stem");
  expect(missing).toEqual([]);
});
