/** Every connection makes progress: the sizes of requests on a line that dies. */
import { expect, test } from "vitest";
import { afterSilence, afterSuccess, firstSizes, type Sizes } from "./sizes.ts";

/** What a line that carries `bytes` in each of its lives brings home in so many lives. */
function carried(bytes: number, lives: number): { home: number; wasted: number } {
  let sizes: Sizes = firstSizes();
  let [home, wasted] = [0, 0];
  for (let life = 0; life < lives; life += 1) {
    let left = bytes;
    while (sizes.pushBytes <= left) {
      left -= sizes.pushBytes;
      home += sizes.pushBytes;
      sizes = afterSuccess(sizes);
    }
    wasted += left;
    sizes = afterSilence(sizes);
  }
  return { home, wasted };
}

test("the first request of a connection is one segment", () => {
  expect(firstSizes().pushBytes).toBe(8192);
  expect(afterSilence(afterSuccess(afterSuccess(firstSizes()))).pushBytes).toBe(8192);
});

test.each([9_000, 20_000, 60_000, 200_000])("a line that dies every %d bytes wastes less than half of them", (bytes) => {
  const { home, wasted } = carried(bytes, 40);
  expect(wasted).toBeLessThan(home);
});

test("a line that was not there is not held for a short one when it comes back", () => {
  let sizes = firstSizes();
  for (let hour = 0; hour < 100; hour += 1) sizes = afterSilence(sizes);
  for (let answer = 0; answer < 7; answer += 1) sizes = afterSuccess(sizes);
  expect(sizes.pushBytes).toBe(1_048_576);
});

test("a line that has become good is trusted again, step by step", () => {
  let sizes = afterSilence(afterSuccess(firstSizes()));
  for (let answer = 0; answer < 20; answer += 1) sizes = afterSuccess(sizes);
  expect(sizes.pushBytes).toBeGreaterThan(40_000);
});
