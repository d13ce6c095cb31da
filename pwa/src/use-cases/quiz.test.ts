/** A teacher's quizzes on this phone. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { readPack } from "./read-pack.ts";
import { answerQuestion, finishQuiz, openQuiz, readAnswerDraft, saveAnswerDraft } from "./take-quiz.ts";
import { keepLeftAside, reflectionWords } from "./aside-words.ts";
import { listDrafts } from "./list-drafts.ts";
import { UnsentWords } from "./unsent-words.ts";
import { session, next, putRow, kinds, install } from "../testing/teacher.ts";

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
      answer: "b",
      graded: { score: 1, correct: true, feedback: [{ choice: "b", text: "对" }], explanation: "因为" },
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
    expect((await answerQuestion(session, quiz, "q2", shown)).graded.score).toBeLessThan(1);
  });

  test("counts the first answer, and finishes once; reflections are not counted", async () => {
    const quiz = await open();
    await answerQuestion(session, quiz, "q1", "a");
    expect(await answerQuestion(session, quiz, "q1", "b")).toMatchObject({
      answer: "a",
      graded: { score: 0, feedback: [{ choice: "a", text: "不是" }], correctAnswer: "b" },
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

  test("of two windows that submit a question at the same moment both show the one answer that counts, and the other's words are kept", async () => {
    const quiz = await open();
    const submit = async (text: string) => {
      const words = reflectionWords(session, quiz, "q3");
      await words.keep(text);
      return async () => await answerQuestion(session, quiz, "q3", text, words);
    };
    const [left, right] = [await submit("左边想到的"), await submit("右边想到的")];
    const standing = await Promise.all([left(), right()]);
    const counts = (await open()).answered["q3"]?.answer;
    expect(standing.map(({ answer }) => answer)).toEqual([counts, counts]);
    expect(standing.filter(({ elsewhere }) => elsewhere !== undefined)).toHaveLength(1);
    const kept = (await listDrafts(session)).map(({ text }) => text);
    expect([counts, ...kept].sort()).toEqual(["右边想到的", "左边想到的"]);
    await finishQuiz(session, quiz);
    expect(await listDrafts(session)).toHaveLength(1);
  });

  test("words that were left under an ended attempt are among the drafts once the next is begun or the drafts are looked at", async () => {
    const quiz = await open();
    await answerQuestion(session, quiz, "q1", "b");
    await answerQuestion(session, quiz, "q2", ["1", "2", "3", "4"]);
    await answerQuestion(session, quiz, "q3", "交上去的");
    await finishQuiz(session, quiz);
    await reflectionWords(session, quiz, "q3").keep("没人看见的");
    await saveAnswerDraft(session, quiz.attempt, "q1", "a");
    const drafts = async () => (await listDrafts(session)).map(({ text, pack, lesson }) => [text, pack, lesson]);
    await open();
    expect(await drafts()).toEqual([["没人看见的", "pack", "01"]]);
    await reflectionWords(session, quiz, "q3").keep("后来又写的");
    await keepLeftAside(session);
    expect((await drafts()).map(([text]) => text).sort()).toEqual(["后来又写的", "没人看见的"]);
    expect(await readAnswerDraft(session, quiz.attempt, "q1")).toBeNull();
    expect(await readAnswerDraft(session, quiz.attempt, "q3")).toBeNull();
  });

  test("what is typed in another window while the quiz is being finished is kept", async () => {
    const quiz = await open();
    await answerQuestion(session, quiz, "q3", "交上去的");
    const { db } = session;
    const write = db.write.bind(db);
    const writes = vi.spyOn(db, "write").mockImplementation(async (stores, work) => {
      if (stores.some((store) => store === "events")) {
        writes.mockRestore();
        await reflectionWords(session, quiz, "q3").keep("刚刚写的");
      }
      return await write(stores, work);
    });
    await finishQuiz(session, quiz);
    expect((await listDrafts(session)).map(({ text, prompt }) => [text, prompt])).toEqual([["刚刚写的", "三"]]);
  });

  test("words of an attempt that is under way, and those that belong to no quiz, stay where they are", async () => {
    const quiz = await open();
    await reflectionWords(session, quiz, "q3").keep("写了一半");
    await new UnsentWords(session, "message:somebody").keep("想说的");
    await open();
    await keepLeftAside(session);
    expect(await listDrafts(session)).toEqual([]);
    expect(await readAnswerDraft(session, quiz.attempt, "q3")).toBe("写了一半");
    expect((await new UnsentWords(session, "message:somebody").read()).text).toBe("想说的");
  });
});
