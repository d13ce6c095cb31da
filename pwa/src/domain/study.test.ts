/** Rule S15 of sync/SPEC.md: order and repetition of arrival change nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyEvent, emptyStudy, type Study, type StudyEvent } from "./study.ts";

const ids = fc.constantFrom("a", "b", "c");
const payloads: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
  "lesson_opened/1": fc.record({ pack: ids, version: fc.nat(3), lesson: ids }),
  "lesson_finished/1": fc.record({
    pack: ids,
    version: fc.nat(3),
    lesson: ids,
    language: ids,
  }),
  "question_answered/1": fc.record({
    pack: ids,
    version: fc.constant(1),
    lesson: fc.constant("l"),
    attempt: ids,
    question: ids,
    kind: ids,
    answer: ids,
    score: fc.constantFrom(0, 1, null),
  }),
  "quiz_finished/1": fc.record({
    pack: fc.constant("a"),
    version: fc.constant(1),
    lesson: fc.constant("l"),
    attempt: ids,
    score: fc.nat(3),
    score_max: fc.constant(3),
  }),
  "journal_saved/1": fc.record({
    entry: ids,
    ver: fc.constantFrom("1", "2", "3", "4"),
    parents: fc.subarray(["1", "2", "3"]),
    text: ids,
  }),
  "feedback_given/1": fc.record({
    feedback: ids,
    entry: ids,
    ver: ids,
    verdict: fc.constant("accept"),
    text: ids,
    replaces: ids,
  }),
  "feedback_withdrawn/1": fc.record({ feedback: ids }),
  "feedback_read/1": fc.record({ feedback: ids }),
  "feedback_answered/1": fc.record({ feedback: ids, text: ids }),
  "message_sent/1": fc.record({ message: ids, text: ids }),
  "something_new/7": fc.record({ what: ids }),
};

const event = fc.constantFrom(...Object.keys(payloads)).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    payload: payloads[kind] ?? fc.constant({}),
    ts: fc.nat(1000),
    by: fc.constantFrom("owner", "mentor"),
    stream: ids,
    seq: fc.nat(50),
  }),
);

function fold(events: readonly StudyEvent[]): Study {
  const study = emptyStudy("owner");
  for (const each of events) applyEvent(study, each);
  return study;
}

/** Maps and sets without the order in which things came. */
function plain(value: unknown): unknown {
  if (value instanceof Set) return [...(value as Set<string>)].sort();
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as Map<string, unknown>)].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, item]) => [key, plain(item)]),
    );
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

const said = (by: string, kind: string, shownMs: number, payload: StudyEvent["payload"]): StudyEvent => ({
  stream: `of-${by}`,
  seq: 0,
  by,
  kind,
  ts: shownMs,
  shownMs,
  payload,
});

test("a message under an id that somebody else gave stands beside the other's, whatever its time", () => {
  const study = fold([
    said("owner", "message_sent/1", 9, { message: "m", text: "the roof leaks" }),
    said("mentor", "message_sent/1", 1, { message: "m", text: "(nothing)" }),
  ]);
  expect([...study.messages.values()].map(({ by, text }) => [by, text])).toEqual([
    ["owner", "the roof leaks"],
    ["mentor", "(nothing)"],
  ]);
});

test("feedback under an id that another mentor gave stands beside the other's", () => {
  const given = { feedback: "f", entry: "e", ver: "1", text: "" };
  const study = fold([
    said("mentor", "feedback_given/1", 9, { ...given, verdict: "accept" }),
    said("second", "feedback_given/1", 1, { ...given, verdict: "revise" }),
  ]);
  expect([...study.feedback.values()].map(({ by, verdict }) => [by, verdict])).toEqual([
    ["mentor", "accept"],
    ["second", "revise"],
  ]);
});

test("only the teacher reads and answers feedback", () => {
  const study = fold([
    said("mentor", "feedback_read/1", 1, { feedback: "f" }),
    said("mentor", "feedback_answered/1", 2, { feedback: "f", text: "yes" }),
  ]);
  expect([study.feedbackRead.size, study.feedbackAnswers.size]).toEqual([0, 0]);
});

test("facts in any order, some of them twice, fold to the same study", () => {
  const facts = fc.uniqueArray(event, {
    selector: ({ stream, seq }) => `${stream}:${seq}`,
    maxLength: 25,
  });
  fc.assert(
    fc.property(facts, fc.array(fc.nat(), { minLength: 100, maxLength: 100 }), (made, numbers) => {
      let turn = 0;
      const chance = (): number => numbers[turn++ % numbers.length] ?? 0;
      const events = made.map((each): StudyEvent => ({ ...each, shownMs: each.ts }));
      const doubled = events.flatMap((each) => (chance() % 3 === 0 ? [each, each] : [each]));
      const mixed = doubled.map((each) => ({ each, rank: chance() })).sort((left, right) => left.rank - right.rank);
      expect(plain(fold(mixed.map(({ each }) => each)))).toEqual(plain(fold(events)));
    }),
    { numRuns: 300 },
  );
});
