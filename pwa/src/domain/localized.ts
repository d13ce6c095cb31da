/** One text out of several languages. Pure. The pack's first language is its own; Chinese before the others when nothing fits. */
import type { Localized } from "../contracts/manifest.ts";

export function pickLanguage(available: readonly string[], wanted: string): string | undefined {
  const primary = (tag: string): string => tag.split("-")[0] ?? tag;
  return (
    available.find((tag) => tag === wanted) ??
    available.find((tag) => primary(tag) === primary(wanted)) ??
    available.find((tag) => primary(tag) === "zh") ??
    available[0]
  );
}

export function localized(texts: Localized | undefined, wanted: string): string {
  const language = pickLanguage(Object.keys(texts ?? {}), wanted);
  return language === undefined ? "" : (texts?.[language] ?? "");
}
