/** Merging loses no words, whatever two devices did to a text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keepAll, keepBoth, mergeTexts, type Piece, sentencesOf } from "./merge-texts.ts";
import { nearestCommon, proposeMerge } from "./merge-versions.ts";

const anyText = fc.string({ unit: fc.constantFrom("课", "a", " ", "\n", "。", "！", "?", ".", "”", "…", "3", "😀"), maxLength: 40 });
/** Sentences that can be told apart, with an occasional line end. */
const base = fc.uniqueArray(fc.nat(30), { maxLength: 12 }).map((numbers) => numbers.map((number) => `句${number}。`));

type Change = { at: number; drop: number; put: string[] };

function changes(mark: string): fc.Arbitrary<Change[]> {
  const change = fc.record({
    at: fc.nat(12),
    drop: fc.nat(3),
    put: fc.array(
      fc.nat(99).map((number) => `${mark}${number}。`),
      { maxLength: 3 },
    ),
  });
  return fc.array(change, { maxLength: 3 });
}

function changed(from: readonly string[], all: readonly Change[]): string[] {
  const units = [...from];
  for (const { at, drop, put } of all) units.splice(Math.min(at, units.length), drop, ...put);
  return units;
}

function swapped(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece) => (piece.kind === "agreed" ? piece : { kind: "both", left: piece.right, right: piece.left }));
}

const agreed = (text: string): Piece[] => (text === "" ? [] : [{ kind: "agreed", text }]);

describe("properties", () => {
  test("a text that is cut into sentences is the text again", () => {
    fc.assert(fc.property(anyText, (text) => sentencesOf(text).join("") === text));
  });

  test("what only one side changed is taken as that side has it", () => {
    fc.assert(
      fc.property(anyText, anyText, (from, to) => {
        expect(mergeTexts(from, to, from)).toEqual(agreed(to));
        expect(mergeTexts(from, from, to)).toEqual(agreed(to));
      }),
    );
  });

  test("two sides that are alike merge to themselves, known base or not", () => {
    fc.assert(
      fc.property(anyText, fc.option(anyText, { nil: undefined }), (text, from) => {
        expect(mergeTexts(from, text, text)).toEqual(agreed(text));
      }),
    );
  });

  test("the sides may be swapped", () => {
    fc.assert(
      fc.property(fc.option(anyText, { nil: undefined }), anyText, anyText, (from, left, right) => {
        expect(mergeTexts(from, right, left)).toEqual(swapped(mergeTexts(from, left, right)));
      }),
    );
  });

  test("no sentence that a side wrote is lost, and none that both kept", () => {
    fc.assert(
      fc.property(base, changes("左"), changes("右"), (from, ours, theirs) => {
        const [left, right] = [changed(from, ours), changed(from, theirs)];
        const merged = keepAll(mergeTexts(from.join(""), left.join(""), right.join("")));
        const kept = from.filter((sentence) => left.includes(sentence) && right.includes(sentence));
        for (const sentence of [...left, ...right].filter((one) => !from.includes(one)).concat(kept)) expect(merged).toContain(sentence);
      }),
    );
  });

  test("a sentence that one side deleted and the other left alone is gone, unless its place was changed by the other", () => {
    fc.assert(
      fc.property(base, fc.nat(11), changes("右"), (from, at, theirs) => {
        fc.pre(at < from.length);
        const gone = from[at] as string;
        const right = changed(from, theirs);
        fc.pre(right.includes(gone));
        const pieces = mergeTexts(from.join(""), from.filter((sentence) => sentence !== gone).join(""), right.join(""));
        for (const piece of pieces) if (piece.kind === "agreed") expect(piece.text).not.toContain(gone);
      }),
    );
  });

  test("with nothing known of the beginning, everything both wrote is kept", () => {
    fc.assert(
      fc.property(base, changes("左"), changes("右"), (from, ours, theirs) => {
        const [left, right] = [changed(from, ours), changed(from, theirs)];
        const merged = keepAll(mergeTexts(undefined, left.join(""), right.join("")));
        for (const sentence of [...left, ...right]) expect(merged).toContain(sentence);
      }),
    );
  });

  test("a very long text is merged without comparing everything with everything", () => {
    const long = Array.from({ length: 4000 }, (_, at) => `${at}。`);
    const [left, right] = [long.map((one) => `左${one}`).join(""), long.map((one) => `右${one}`).join("")];
    expect(mergeTexts(long.join(""), left, right)).toEqual([{ kind: "both", left, right }]);
  });
});

describe("in words", () => {
  const from = "今天讲了《悯农》。小梅第一次举手。下课后我想了很久。";

  test("changes in different sentences of one paragraph merge by themselves", () => {
    expect(
      mergeTexts(from, from.replace("小梅第一次举手", "小梅第一次举手，声音很小"), from.replace("想了很久", "想了很久，记了下来")),
    ).toEqual(agreed("今天讲了《悯农》。小梅第一次举手，声音很小。下课后我想了很久，记了下来。"));
  });

  test("sentences next to each other may be changed apart", () => {
    expect(mergeTexts("甲。乙。", "甲一。乙。", "甲。乙二。")).toEqual(agreed("甲一。乙二。"));
  });

  test("one changed the last sentence, the other wrote on", () => {
    expect(mergeTexts("甲。", "甲一。", "甲。\n乙。")).toEqual(agreed("甲一。\n乙。"));
  });

  test("both changed one sentence: both stand there", () => {
    expect(mergeTexts("甲。乙。丙。", "甲。乙一。丙。", "甲。乙二。丙。")).toEqual([
      { kind: "agreed", text: "甲。" },
      { kind: "both", left: "乙一。", right: "乙二。" },
      { kind: "agreed", text: "丙。" },
    ]);
  });

  test("one deleted what the other changed: it is asked, not decided", () => {
    expect(mergeTexts("甲。乙。", "甲。", "甲。乙二。")).toEqual([
      { kind: "agreed", text: "甲。" },
      { kind: "both", left: "", right: "乙二。" },
    ]);
  });

  test("both wrote on, one a little more than the other: it is there once", () => {
    expect(mergeTexts("甲。", "甲。乙。", "甲。乙。丙。")).toEqual(agreed("甲。乙。丙。"));
  });

  test("English sentences are told apart, numbers are not torn", () => {
    expect(sentencesOf("It took 3.5 minutes. Mei read! “Well.” Then…")).toEqual([
      "It took 3.5 minutes. ",
      "Mei read! ",
      "“Well.” ",
      "Then…",
    ]);
  });

  test("words without an end are not run together", () => {
    expect(keepBoth({ left: "早上写的", right: "晚上写的" })).toBe("早上写的\n晚上写的");
  });
});

describe("versions", () => {
  const version = (ver: string, parents: string[], text: string, savedMs = 0) => ({ ver, parents, text, savedMs });
  const graph = (...all: ReturnType<typeof version>[]) => new Map(all.map((one) => [one.ver, one]));

  test("one head needs no merge", () => {
    expect(proposeMerge(graph(version("a", [], "甲。"), version("b", ["a"], "乙。")))).toBeNull();
  });

  test("the proposal is the same on every device, whatever the order and the clocks", () => {
    const [a, b, c] = [version("a", [], "甲。乙。", 1), version("b", ["a"], "甲一。乙。", 2), version("c", ["a"], "甲。乙二。", 3)];
    const here = proposeMerge(graph(a, b, c));
    const there = proposeMerge(graph({ ...c, savedMs: -5 }, { ...b, savedMs: 900 }, a));
    expect(here?.pieces).toEqual(agreed("甲一。乙二。"));
    expect([there?.left.ver, there?.right.ver, there?.pieces]).toEqual([here?.left.ver, here?.right.ver, here?.pieces]);
  });

  test("the nearest of several common ancestors counts", () => {
    const [a, b, c, d] = [version("a", [], ""), version("b", ["a"], ""), version("c", ["b"], ""), version("d", ["b", "a"], "")];
    expect(nearestCommon(graph(a, b, c, d), c, d)?.ver).toBe("b");
  });

  test("two merges of the same two versions meet again without asking for what both have", () => {
    const versions = graph(
      version("o", [], "甲。乙。"),
      version("a", ["o"], "甲一。乙。"),
      version("b", ["o"], "甲。乙二。"),
      version("m", ["a", "b"], "甲一。乙二。"),
      version("n", ["a", "b"], "甲一。乙二。丙。"),
    );
    expect(proposeMerge(versions)?.pieces).toEqual(agreed("甲一。乙二。丙。"));
  });

  test("of three heads two are merged, the third waits", () => {
    const versions = graph(version("a", [], ""), version("b", ["a"], "乙。"), version("c", ["a"], "丙。"), version("d", ["a"], "丁。"));
    expect(proposeMerge(versions)).toMatchObject({ left: { ver: "b" }, right: { ver: "c" }, more: 1 });
  });

  test("an ancestor that has not arrived leaves what both have in common", () => {
    expect(proposeMerge(graph(version("b", ["x"], "甲。乙。"), version("c", ["x"], "甲。丙。")))?.pieces).toEqual([
      { kind: "agreed", text: "甲。" },
      { kind: "both", left: "乙。", right: "丙。" },
    ]);
  });

  test("versions that name each other end the search", () => {
    expect(
      proposeMerge(graph(version("a", ["b"], "甲。"), version("b", ["a"], "乙。"), version("c", ["a"], "丙。"), version("d", ["b"], ""))),
    ).not.toBeNull();
  });
});
