/** The golden examples that the server's grading reads too. */
import { expect, test } from "vitest";
import golden from "../../../contracts/golden/grading.json";
import type { Question } from "../contracts/quiz.ts";
import { foldAnswer, foldWidth, readNumber, readNumeral } from "./answer-text.ts";
import { grade } from "./grade.ts";

test("typed answers fold to the same spelling as on the server", () => {
  expect(golden.folded.length).toBeGreaterThan(20);
  for (const example of golden.folded) {
    expect([example.text, foldWidth(example.text), foldAnswer(example.text)]).toEqual([example.text, example.width, example.folded]);
  }
});

test("Chinese numerals read to the same digits as on the server", () => {
  for (const example of golden.numerals) expect([example.text, readNumeral(example.text)]).toEqual([example.text, example.digits]);
});

test("typed numbers read to the same value as on the server", () => {
  for (const example of golden.numbers)
    expect([example.text, readNumber(example.text, example.unit)]).toEqual([example.text, example.number]);
});

test("every golden answer gets the score that the server gives", () => {
  for (const { question, answers } of golden.grades) {
    for (const { answer, score } of answers) {
      const mine = grade(question as unknown as Question, answer);
      if (score === null) expect([question.id, answer, mine]).toEqual([question.id, answer, null]);
      else expect(Math.abs((mine ?? Number.NaN) - score), JSON.stringify([question.id, answer, mine, score])).toBeLessThan(1e-6);
    }
  }
});
