import { expect, test } from "vitest";
import type { Question } from "../../contracts/quiz.ts";
import { type Armed, idsOf, isComplete, type MatchStep, pairsOf, tapMatch, toggleChoice, toggleInOrder } from "./answer-state.ts";

const question = (part: Partial<Question> & { kind: Question["kind"] }): Question => ({
  id: "q",
  difficulty: 1,
  stem: "",
  explanation: "",
  ...part,
});
const choices = ["a", "b", "c"].map((id) => ({ id, text: id }));
const tapAll = (taps: Armed[]): MatchStep => taps.reduce<MatchStep>(tapMatch, { pairs: [], armed: null });
const left = (id: string): Armed => ({ side: "left", id });
const right = (id: string): Armed => ({ side: "right", id });

test("several choices are kept in the order of the question, not of the taps", () => {
  const order = ["a", "b", "c"];
  expect(toggleChoice(order, toggleChoice(order, [], "c"), "a")).toEqual(["a", "c"]);
  expect(toggleChoice(order, ["a", "c"], "a")).toEqual(["c"]);
});

test("ordering takes taps one after the other and gives one back", () => {
  expect(["b", "a", "c"].reduce(toggleInOrder, [] as string[])).toEqual(["b", "a", "c"]);
  expect(toggleInOrder(["b", "a", "c"], "a")).toEqual(["b", "c"]);
});

test("a left tap and a right tap make a pair, in either order", () => {
  expect(tapAll([left("1.l"), right("2.r")]).pairs).toEqual([["1.l", "2.r"]]);
  expect(tapAll([right("2.r"), left("1.l")]).pairs).toEqual([["1.l", "2.r"]]);
});

test("a second tap on the same side changes one's mind without making a pair", () => {
  expect(tapAll([left("1.l"), left("2.l"), right("1.r")])).toEqual({
    pairs: [["2.l", "1.r"]],
    armed: null,
  });
  expect(tapAll([left("1.l"), left("1.l")])).toEqual({
    pairs: [],
    armed: null,
  });
});

test("nothing is ever in two pairs", () => {
  const { pairs } = tapAll([left("1.l"), right("1.r"), left("2.l"), right("1.r")]);
  expect(pairs).toEqual([["2.l", "1.r"]]);
});

test("an answer is complete only when everything has its place", () => {
  expect(isComplete(question({ kind: "ordering", choices }), ["a", "b"])).toBe(false);
  expect(isComplete(question({ kind: "ordering", choices }), ["a", "b", "c"])).toBe(true);
  expect(isComplete(question({ kind: "matching", lefts: choices, rights: choices }), [["a", "b"]])).toBe(false);
  expect(isComplete(question({ kind: "true_false" }), false)).toBe(true);
  expect(isComplete(question({ kind: "numeric" }), "  ")).toBe(false);
  expect(isComplete(question({ kind: "single", choices }), null)).toBe(false);
});

test("a kept answer of another shape is read as nothing rather than thrown at", () => {
  expect(idsOf([["a", "b"]])).toEqual([]);
  expect(pairsOf(["a", "b"])).toEqual([]);
});
