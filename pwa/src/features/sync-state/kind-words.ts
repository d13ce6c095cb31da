/** What a kind of event is called. */
import { tKnown } from "../../i18n/known.ts";

export function kindWords(kind: string): string {
  return tKnown(`event.${kind.split("/")[0]}`, {}, "event.other");
}
