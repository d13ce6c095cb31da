/**
 * The language of the screens: which one it is, its direction, and the loading of its texts. Chinese is here from the start;
 * other languages and the texts of later screens arrive with their chunk. Invariant: a language is shown only when its texts are here.
 */
import { signal } from "@preact/signals";
import type { Messages } from "./generated/keys.ts";
import { messages as chinese } from "./generated/zh-hans-main.ts";

export type Language = "zh-Hans" | "en";

export const language = signal<Language>("zh-Hans");

const catalogues: Record<Language, Messages> = {
  "zh-Hans": { ...chinese },
  en: {},
};
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(["ug", "ar", "fa", "ur"]);

export function addMessages(of: Language, messages: Messages): void {
  Object.assign(catalogues[of], messages);
}

export function messagesOf(of: Language): Messages {
  return catalogues[of];
}

/** Loads the language's texts, then shows it. Stays with the present one when they cannot be loaded. */
export async function showLanguage(wanted: Language): Promise<void> {
  if (wanted === "en" && Object.keys(catalogues.en).length === 0) {
    addMessages("en", (await import("./generated/en.ts")).messages);
  }
  language.value = wanted;
}

export function directionOf(of: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(of.split("-")[0] ?? "") ? "rtl" : "ltr";
}
