import { expect, test } from "vitest";
import type { Receipt } from "../../use-cases/receipts.ts";
import { receiptRows } from "./receipt-rows.ts";

const receipt = (first: number, receivedMs: number, change: Partial<Receipt> = {}): Receipt => ({
  stream: "s",
  first,
  count: 1,
  receivedMs,
  level: "received",
  kinds: { question_answered: 1 },
  ...change,
});

test("an evening that went out in one exchange is one row with everything counted", () => {
  const rows = receiptRows([
    receipt(9, 600_900, { kinds: { journal_saved: 1 } }),
    receipt(8, 600_500),
    receipt(5, 600_100, { count: 3, kinds: { question_answered: 3 } }),
    receipt(1, 300_000),
  ]);
  expect(rows.map(({ first, count, kinds }) => ({ first, count, kinds }))).toEqual([
    { first: 9, count: 5, kinds: { journal_saved: 1, question_answered: 4 } },
    { first: 1, count: 1, kinds: { question_answered: 1 } },
  ]);
});

test("what was set aside is not hidden among what was received", () => {
  expect(receiptRows([receipt(2, 1000, { level: "set_aside" }), receipt(1, 1000)])).toHaveLength(2);
});
