import fc from "fast-check";
import { expect, test } from "vitest";
import { readBody } from "../sync/testing/body.ts";
import { join, u32be, utf8 } from "./bytes.ts";
import { packText } from "./pack-text.ts";

async function readBack(text: string): Promise<string> {
  const packed = packText(text);
  if (packed === undefined) throw new Error("not packed");
  return await readBody(join(u32be(utf8(text).length + (1 << 23)).subarray(1), packed));
}

test("any text comes back as it was", async () => {
  const ids = fc.stringMatching(/^[A-Za-z0-9_-]{16}$|^[A-Za-z0-9_-]{22}$|^[A-Za-z0-9_-]{48}$/);
  const part = fc.oneof(fc.string({ unit: "binary" }), ids, fc.constantFrom("question_answered/1", "a".repeat(600), '"\\"'), fc.nat());
  await fc.assert(
    fc.asyncProperty(fc.array(part), async (parts) => {
      const text = JSON.stringify(parts);
      expect(await readBack(text)).toBe(text);
    }),
    { numRuns: 40 },
  );
});

test("what JSON never holds as it is, or what reaches too far, is left to the browser's own", () => {
  expect(packText("\u0001")).toBeUndefined();
  expect(packText("x".repeat(32_768))).toBeUndefined();
});

test("a short text costs little: no table of codes, no id in letters", () => {
  const text = '{"v":1,"u":1000,"t":[1770000000],"s":[7],"i":[0],"d":[[]],"x":["AbCdEfGhIjKlMnOp"]}';
  expect(packText(text)?.length).toBeLessThan(36);
});
