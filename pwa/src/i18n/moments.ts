/** Moments as people say them, in the organisation's time zone. */
import { dayOf, sayIn } from "./dates.ts";
import { t } from "./messages.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A moment, as near as it is: minutes ago, yesterday at 20:15, 3 November 20:15. */
export function sayWhen(ms: number, nowMs: number): string {
  const ago = nowMs - ms;
  if (ago < MINUTE_MS) return t("when.just_now");
  if (ago < HOUR_MS) return t("when.minutes_ago", { count: Math.floor(ago / MINUTE_MS) });
  if (ago < DAY_MS && dayOf(ms) === dayOf(nowMs)) return t("when.hours_ago", { count: Math.floor(ago / HOUR_MS) });
  if (dayOf(ms) === dayOf(nowMs - DAY_MS)) return t("when.yesterday", { time: sayIn("time", ms) });
  return sayMoment(ms, nowMs);
}

/** A moment in full; the year only when it is not this one. */
export function sayMoment(ms: number, nowMs: number): string {
  const sameYear = dayOf(ms).slice(0, 4) === dayOf(nowMs).slice(0, 4);
  return `${sayIn(sameYear ? "day" : "dayOfYear", ms)} ${sayIn("time", ms)}`;
}

/** Moments that stand side by side, each said otherwise than the others: to the second where the minute is the same, counted where the second is. */
export function sayApart(moments: readonly number[], nowMs: number): string[] {
  const said = moments.map((ms) => sayMoment(ms, nowMs));
  const isTwice = (words: string, index: number, all: readonly string[]): boolean =>
    all.some((other, at) => at !== index && other === words);
  return said
    .map((words, index, all) => (isTwice(words, index, all) ? `${words}:${secondsOf(moments[index] ?? 0)}` : words))
    .map((words, index, all) => (isTwice(words, index, all) ? t("when.number", { time: words, number: index + 1 }) : words));
}

/** Zones differ by whole minutes. */
function secondsOf(ms: number): string {
  return String(Math.floor(ms / 1000) % 60).padStart(2, "0");
}
