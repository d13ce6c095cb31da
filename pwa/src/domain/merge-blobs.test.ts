/** Photos that two devices attached apart are both there afterwards. */
import { expect, test } from "vitest";
import type { BlobRef } from "../contracts/events.ts";
import { mergeBlobs } from "./merge-blobs.ts";

const blob = (name: string): BlobRef => ({ sha256: name, bytes: 1, type: "image/webp", kind: "photo" });
const names = (blobs: BlobRef[]): string => blobs.map(({ sha256 }) => sha256).join("");
const of = (text: string): BlobRef[] => [...text].map(blob);

test.each([
  ["", "a", "b", "ab"],
  ["a", "ab", "ac", "abc"],
  ["ab", "a", "abc", "ac"],
  ["ab", "", "ab", ""],
  ["a", "a", "a", "a"],
  ["", "abcd", "efgh", "abcdef"],
])("from %j, %j and %j make %j", (base, left, right, merged) => {
  expect(names(mergeBlobs(of(base), of(left), of(right)))).toBe(merged);
});
