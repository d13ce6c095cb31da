/**
 * Text that every computer can store: no lone surrogates, no control characters but tab and line feed, line ends as LF.
 * Owns the rule S3 of sync/SPEC.md. Invariant: applying it twice changes nothing more.
 */

const LONE_SURROGATES = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(^|[^\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must go
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;
const REPLACEMENT = "\uFFFD";

export function wellFormedText(text: string): string {
  let formed = text.replace(/\r\n?/g, "\n").replace(CONTROLS, "");
  // A run of low surrogates needs one pass for each: the pattern takes the character before with it.
  for (let before = ""; before !== formed;) {
    before = formed;
    formed = formed.replace(LONE_SURROGATES, (_found, kept: string | undefined) => (kept ?? "") + REPLACEMENT);
  }
  return formed;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every text inside a payload, keys too; fields that are undefined are left out. */
export function wellFormed<T>(value: T): T {
  return form(value) as T;
}

function form(value: unknown): unknown {
  if (typeof value === "string") return wellFormedText(value);
  if (Array.isArray(value)) return value.map((item) => form(item ?? null));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [wellFormedText(key), form(field)]),
  );
}

/** Length in characters as the limits of contracts/limits.yaml count them: code points, as in Python. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
