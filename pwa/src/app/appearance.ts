/** Writes the person's choices onto the document: theme, text size. The style sheets do the rest. */
import { effect } from "@preact/signals";
import { directionOf, type Language, language } from "../i18n/language.ts";
import type { Settings } from "../use-cases/settings.ts";

export function applyAppearance(root: HTMLElement, { theme, textSize }: Settings): void {
  if (theme === "auto") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", theme);
  root.setAttribute("data-text-size", String(textSize));
}

/** Before anybody could choose: Chinese, unless the system speaks something else. */
export function applySystemLanguage(system: string): Language {
  return system.toLowerCase().startsWith("zh") ? "zh-Hans" : "en";
}

/** Keeps the document's language and direction those of the texts that are shown. */
export function followLanguage(root: HTMLElement): void {
  effect(() => {
    root.lang = language.value;
    root.dir = directionOf(language.value);
  });
}
