import { expect, test } from "vitest";
import type { RowBodies } from "../contracts/vocabularies.ts";
import { markOf, readOutcomes } from "./set-aside.ts";

const row = (body: RowBodies["set_aside"]) => ({ scope: "p:a", key: `${body.stream}:${body.seq}`, position: 1, body });

test("a row about many events speaks of each, but for those that stayed aside", () => {
  const told = readOutcomes([row({ stream: "s", seq: 4, n: 3, code: "not_permitted", became: "released", still: [5] })]);
  const became = [3, 4, 5, 6, 7].map((seq) => told.of({ stream: "s", seq }).became);
  expect(became).toEqual([undefined, "released", undefined, "released", undefined]);
  expect(told.of({ stream: "another", seq: 4 })).toEqual({});
});

test("a row about one event goes before one about many", () => {
  const told = readOutcomes([
    row({ stream: "s", seq: 0, n: 9, code: "not_permitted", became: "answered", answer: "all" }),
    row({ stream: "s", seq: 2, code: "not_permitted", became: "released" }),
  ]);
  expect(told.of({ stream: "s", seq: 2 })).toEqual({ became: "released" });
  expect(told.of({ stream: "s", seq: 3 })).toEqual({ became: "answered", answer: "all" });
});

test("a word that this version does not know is no release, its sentence is shown, and an answer has a mark of its own", () => {
  const told = readOutcomes([row({ stream: "s", seq: 0, code: "gap", became: "forwarded", answer: "words" })]);
  expect(told.of({ stream: "s", seq: 0 })).toEqual({ became: "answered", answer: "words" });
  expect(markOf({ stream: "s", seq: 0 }, "words")).not.toBe(markOf({ stream: "s", seq: 0 }));
});
