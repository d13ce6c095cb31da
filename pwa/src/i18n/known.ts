/** Texts for keys that come from outside: from rows, or from a newer server. */
import { findText, type MessageKey, type MessageParams, t } from "./messages.ts";

/** The fallback's text when the key is not known here. */
export function tKnown(key: string, params: MessageParams, fallback: MessageKey): string {
  return findText(key as MessageKey, params) ?? t(fallback, params);
}
