/** Rule S6 of SPEC.md, case by case. */
import { expect, test } from "vitest";
import { judgeAcks, type SentSegment } from "./acks.ts";
import type { Ack } from "./reply.ts";

const SENT: SentSegment[] = [
  { first: 10, n: 5, hash: "a" },
  { first: 15, n: 3, hash: "b" },
  { first: 18, n: 2, hash: "c" },
];
const ok: Ack = { kind: "ok", setAside: [] };
const dup: Ack = { kind: "dup", setAside: [] };

function acked(acks: Ack[], next?: number): number {
  return judgeAcks(10, SENT, { acks, ...(next === undefined ? {} : { next }) }).acked;
}

test("only what was answered, contiguous from the first, and both sides say, is proven", () => {
  expect(acked([ok, dup, ok], 20)).toBe(20);
  expect(acked([ok, dup, ok], 18)).toBe(18);
  expect(acked([ok, dup, ok])).toBe(10);
  expect(acked([ok, { kind: "damaged" }, ok], 20)).toBe(15);
  expect(acked([{ kind: "unknown" }, ok, ok], 20)).toBe(10);
  expect(acked([ok, ok], 99)).toBe(18);
  expect(acked([], 99)).toBe(10);
});

test("a segment that was set aside is proven, and each of its events is told", () => {
  const verdict = judgeAcks(10, SENT, {
    acks: [ok, { kind: "aside", code: "not_permitted" }, ok],
    next: 20,
  });
  expect(verdict.acked).toBe(20);
  expect(verdict.taken[1]).toMatchObject({
    level: "set_aside",
    setAside: [
      [15, "not_permitted"],
      [16, "not_permitted"],
      [17, "not_permitted"],
    ],
  });
});

test("a stream of another device is left where it was proven", () => {
  const aside: Ack = { kind: "aside", code: "stream_of_another" };
  expect(judgeAcks(10, SENT, { acks: [aside, aside, aside], next: 20 })).toMatchObject({ acked: 10, rotateAt: 10 });
});

test("a fork ends the stream at what the server and we both hold for right", () => {
  const fork = (next: number): Ack => ({ kind: "fork", next });
  expect(judgeAcks(10, SENT, { acks: [ok, fork(15)], next: 15 })).toMatchObject({ acked: 15, rotateAt: 15 });
  expect(judgeAcks(10, SENT, { acks: [fork(0)] })).toMatchObject({
    acked: 10,
    rotateAt: 0,
  });
  expect(judgeAcks(10, SENT, { acks: [fork(99)] })).toMatchObject({
    acked: 10,
    rotateAt: 10,
  });
});

test("a gap goes back, and one that does not is no reason to move", () => {
  expect(judgeAcks(10, SENT, { acks: [{ kind: "gap", next: 4 }] })).toMatchObject({ acked: 10, backTo: 4 });
  expect(judgeAcks(10, SENT, { acks: [{ kind: "gap", next: 12 }] }).backTo).toBeUndefined();
  expect(
    judgeAcks(10, SENT, {
      acks: [{ kind: "damaged" }, { kind: "gap", next: 10 }],
    }),
  ).toEqual({ acked: 10, taken: [], damaged: true });
});

test("an answer about segments that were proven meanwhile proves nothing anew", () => {
  expect(judgeAcks(15, SENT, { acks: [ok, ok, ok], next: 20 })).toEqual({
    acked: 15,
    taken: [],
    damaged: false,
  });
});
