/** Texts by key: looks one up in the language that is shown, chooses the plural form, fills the placeholders. */
import type { Message, MessageKey } from "./generated/keys.ts";
import { language, messagesOf } from "./language.ts";

export type { MessageKey } from "./generated/keys.ts";
export type MessageParams = Record<string, string | number>;

/** Reads the language signal, so a component that calls it is drawn again when the language changes. */
export function t(key: MessageKey, params?: MessageParams): string {
  return findText(key, params) ?? key;
}

/** undefined when no text has this key. */
export function findText(key: MessageKey, params?: MessageParams): string | undefined {
  const shown = language.value;
  const message = messagesOf(shown)[key] ?? messagesOf("zh-Hans")[key];
  return message === undefined ? undefined : fill(pickForm(message, shown, params), params);
}

function pickForm(message: Message, shown: string, params?: MessageParams): string {
  if (typeof message === "string") return message;
  const form = new Intl.PluralRules(shown).select(Number(params?.count ?? 0));
  return message[form] ?? message.other ?? "";
}

function fill(text: string, params?: MessageParams): string {
  return params === undefined ? text : text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
