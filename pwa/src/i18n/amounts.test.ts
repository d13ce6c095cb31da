import { expect, test } from "vitest";
import { sayBytes } from "./amounts.ts";
import { sayMoney } from "./money.ts";

test("a price in bytes is never said smaller than it is", () => {
  expect([1, 999, 58_211, 999_001, 1_240_001, 3_000_000, 1_234_567_890].map(sayBytes)).toEqual([
    "1 KB",
    "1 KB",
    "59 KB",
    "1000 KB",
    "1.3 MB",
    "3 MB",
    "1.3 GB",
  ]);
});

test("a small download costs at least one fen", () => {
  expect(sayMoney(100, 30)).toBe("0.01 元");
  expect(sayMoney(1_000_000_000, 29)).toBe("29 元");
});
