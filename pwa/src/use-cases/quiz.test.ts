/** A teacher's quizzes on this phone. */
import { beforeEach, describe, expect, test } from "vitest";
import { readPack } from "./read-pack.ts";
import { answerQuestion, finishQuiz, openQuiz, readAnswerDraft, saveAnswerDraft } from "./take-quiz.ts";
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
      graded: { score: 1, correct: true, feedback: ["对"], explanation: "因为" },
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
      graded: { score: 0, feedback: ["不是"], correctAnswer: "b" },
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
