/** Words about files of records that several screens share: what was made, and what is not in it yet. */
import type { FileContent, HandedOn } from "../use-cases/hand-on.ts";
import { t } from "./messages.ts";

/** A sentence or two; none when the person thought better of it. */
export function sayMade(content: FileContent, made: HandedOn): string[] {
  if (!made.ok) return [t(content === "everything" && made.code === "nothing" ? "carry.nothing_here" : `carry.${made.code}`)];
  if (made.how === "cancelled") return [];
  const { events: count, fileName: file, part, rest, unsealed } = made.file;
  const words = [t(`carry.${content === "waiting" ? "made" : "copied"}_${made.how}`, { count, file })];
  if (rest !== undefined) words.push(t("carry.rest", { count: rest.events }));
  else if (part > 1) words.push(t("carry.last_file", { part }));
  if (unsealed > 0) words.push(t("carry.no_room", { count: unsealed }));
  return words;
}

/** On the button that makes the next one. `first`: what stands there when nothing is left over. */
export function sayNextFile(rest: { part: number } | undefined, first: string): string {
  return rest === undefined ? first : t("carry.next_file", { part: rest.part });
}
