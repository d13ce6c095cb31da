import { afterEach, beforeAll, expect, test } from "vitest";
import { dayOf, sayDay, sayToday, timeZone } from "./dates.ts";
import { sayApart, sayMoment, sayWhen } from "./moments.ts";
import { messages } from "./generated/zh-hans-screens.ts";
import { addMessages, showLanguage } from "./language.ts";

const EVENING_IN_CHINA = Date.UTC(2026, 10, 21, 16, 30);
const HOUR_MS = 3_600_000;

beforeAll(() => addMessages("zh-Hans", messages));
afterEach(async () => {
  timeZone.value = "Asia/Shanghai";
  await showLanguage("zh-Hans");
});

test("a day is the organisation's day, wherever the phone thinks it is", () => {
  expect(dayOf(EVENING_IN_CHINA)).toBe("2026-11-22");
  timeZone.value = "Asia/Urumqi";
  expect(dayOf(EVENING_IN_CHINA)).toBe("2026-11-21");
});

test("a due day is the same day in every zone", () => {
  timeZone.value = "America/Lima";
  expect(sayDay("2026-12-05")).toBe("12月5日");
});

test("a moment is said as near as it is", () => {
  const now = Date.UTC(2026, 10, 22, 12, 0);
  expect(sayWhen(now - 5_000, now)).toBe("刚刚");
  expect(sayWhen(now - 3 * HOUR_MS, now)).toBe("3 小时前");
  expect(sayWhen(now - 24 * HOUR_MS, now)).toBe("昨天 20:00");
  expect(sayWhen(now - 9 * 24 * HOUR_MS, now)).toBe("11月13日 20:00");
});

test("a clock that ran ahead does not make a moment of the future", () => {
  expect(sayWhen(EVENING_IN_CHINA + HOUR_MS, EVENING_IN_CHINA)).toBe("刚刚");
});

test("the year is said only when it is another one", () => {
  const now = Date.UTC(2026, 10, 22);
  expect(sayMoment(Date.UTC(2025, 4, 1, 4, 5), now)).toBe("2025年5月1日 12:05");
});

test("both languages name the day of the week", async () => {
  expect(sayToday(EVENING_IN_CHINA)).toBe("11月22日星期日");
  await showLanguage("en");
  expect(sayToday(EVENING_IN_CHINA)).toContain("Sunday");
});

test("moments side by side are told apart: by the minute, by the second, and else by their order", () => {
  const now = Date.UTC(2026, 10, 22, 12, 0);
  const minute = Date.UTC(2026, 10, 22, 6, 3);
  expect(sayApart([minute, minute - 60_000], now)).toEqual(["11月22日 14:03", "11月22日 14:02"]);
  expect(sayApart([minute + 41_000, minute + 7_000], now)).toEqual(["11月22日 14:03:41", "11月22日 14:03:07"]);
  expect(sayApart([minute, minute, minute - 60_000], now)).toEqual([
    "11月22日 14:03:00，第 1 个",
    "11月22日 14:03:00，第 2 个",
    "11月22日 14:02",
  ]);
});
