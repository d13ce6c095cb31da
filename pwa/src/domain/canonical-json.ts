/**
 * RFC 8785 (JCS): one spelling for one JSON value. Owns the order of keys; numbers and strings are spelled by JSON.stringify, which is
 * what the RFC prescribes. Texts must be well-formed before (see well-formed.ts).
 */
import { type Bytes, utf8 } from "./bytes.ts";

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${entries.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("JSON has no such number");
  return JSON.stringify(value) ?? "null";
}

export function canonicalBytes(value: unknown): Bytes {
  return utf8(canonicalJson(value));
}
