/** Days in a time zone. Pure; the zone's rules come from Intl. */

const DAY_MS = 86_400_000;

/** "YYYY-MM-DD" of a moment in the zone. */
export function dayIn(timeZone: string, ms: number): string {
  // The Swedish form of a date is the ISO form.
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(ms);
}

/** Whole days from one day to another; negative when `to` is before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}
