import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS } from "../contracts/segment-dictionary.ts";
import { type Columns, decodeColumns, isColumns } from "./columns.ts";
import { encodeColumns } from "./encode-columns.ts";
import type { Fact } from "./event.ts";
import type { Shape } from "./shapes.ts";

const kind = fc.constantFrom("lesson_opened/1", "journal_saved/1", "question_answered/1", "of_next_year/7");
const field = fc.constantFrom("pack", "version", "score", "entry", "text", "ver", "of_next_year", "__proto__");
const value = fc.oneof(fc.constantFrom("AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBB", "", "a", 1, 0.5, null, true), fc.jsonValue());
const fact: fc.Arbitrary<Fact> = fc.record({
  kind,
  ts: fc.oneof(
    fc.integer({ min: -1e12, max: 1e13 }),
    fc.integer({ min: 0, max: 1e9 }).map((seconds) => seconds * 1000),
  ),
  payload: fc.uniqueArray(fc.tuple(field, value), { maxLength: 6, selector: ([name]) => name }).map(Object.fromEntries),
});

function written(events: readonly Fact[]): Columns {
  return JSON.parse(JSON.stringify(encodeColumns(events))) as Columns;
}

describe("columns", () => {
  test("give back every event, fields in their order, whatever its values are", () => {
    fc.assert(
      fc.property(fc.array(fact, { minLength: 1, maxLength: 12 }), (events) => {
        const plain = JSON.parse(JSON.stringify(events)) as Fact[];
        const decoded = decodeColumns(written(plain)).map(({ kind, ts, payload }) => ({ kind, ts, payload }));
        expect(decoded.map((event) => JSON.stringify(event))).toEqual(
          plain.map(({ kind, ts, payload }) => JSON.stringify({ kind, ts, payload })),
        );
      }),
    );
  });

  test("name a kind with its usual fields by one number", () => {
    const payload = { pack: "p", version: 1, lesson: "l" };
    const { s } = written([{ kind: "lesson_opened/1", ts: 1, payload }]);
    expect(s).toEqual([0]);
    expect(KINDS.startsWith("lesson_opened/1 ")).toBe(true);
  });

  test("of another version are kept, and read as nothing until this one is updated", () => {
    const later = { v: 2, anything: [] };
    expect(isColumns(later)).toBe(true);
    expect(decodeColumns(later as unknown as Columns)).toEqual([]);
  });

  test("with numbers that are not known yet are read as nothing, and never throw", () => {
    const good = written([{ kind: "message_sent/1", ts: 1, payload: { message: "AAAAAAAAAAAAAAAA", text: "x" } }]);
    expect(decodeColumns(good)).toHaveLength(1);
    for (const s of [[999], [[8, 999]], [-1], [null], [[]], [{}], ["x"]])
      expect(() => decodeColumns({ ...good, s: s as Shape[] })).not.toThrow();
    expect(decodeColumns({ ...good, s: [999] })).toEqual([]);
    expect(decodeColumns({ ...good, s: [[8, 21, 999]] })).toEqual([]);
    for (const part of [{ d: [5, 5] }, { x: [5] }, { i: [7] }, { o: [[]] }, { t: ["x"] }]) {
      expect(() => decodeColumns({ ...good, ...part } as unknown as Columns)).not.toThrow();
    }
  });

  test("are not what misses a part", () => {
    const good = written([{ kind: "a/1", ts: 1, payload: {} }]);
    expect(isColumns(good)).toBe(true);
    for (const part of ["t", "s", "i", "d", "x"]) expect(isColumns({ ...good, [part]: 1 })).toBe(false);
    for (const wrong of [null, 5, "x", {}, { v: "1" }]) expect(isColumns(wrong)).toBe(false);
  });
});
