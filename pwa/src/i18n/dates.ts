/**
 * Days as people say them, in the organisation's time zone, whatever the phone is set to.
 * Invariant: two people of one organisation read the same day for the same moment.
 */
import { signal } from "@preact/signals";
import { language } from "./language.ts";

const FORMATS = {
  day: { month: "long", day: "numeric" },
  weekday: { month: "long", day: "numeric", weekday: "long" },
  dayOfYear: { year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  isoDay: { year: "numeric", month: "2-digit", day: "2-digit" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export const timeZone = signal("Asia/Shanghai");

const made = new Map<string, Intl.DateTimeFormat>();

/** A moment in one of the styles, in the language that is shown. */
export function sayIn(style: keyof typeof FORMATS, ms: number, locale = language.value === "en" ? "en-GB" : "zh-CN"): string {
  const key = `${style} ${locale} ${timeZone.value}`;
  let formatter = made.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(locale, {
      ...FORMATS[style],
      timeZone: timeZone.value,
    });
    made.set(key, formatter);
  }
  return formatter.format(ms);
}

/** "YYYY-MM-DD" of a moment in the organisation's zone. */
export function dayOf(ms: number): string {
  return sayIn("isoDay", ms, "en-CA");
}

/** "11月22日星期日" */
export function sayToday(ms: number): string {
  return sayIn("weekday", ms);
}

/** A day of the calendar, given as "YYYY-MM-DD". */
export function sayDay(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const locale = language.value === "en" ? "en-GB" : "zh-CN";
  return new Intl.DateTimeFormat(locale, {
    ...FORMATS.day,
    timeZone: "UTC",
  }).format(Date.UTC(year, month - 1, date));
}
