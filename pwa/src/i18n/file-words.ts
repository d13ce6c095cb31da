/** Words about files of records that several screens share: what was made and what is not in it yet, and what became of the person's own. */
import type { CarriedFile } from "../use-cases/carry.ts";
import type { FilesLeft } from "../use-cases/blobs.ts";
import type { FileContent, HandedOn } from "../use-cases/hand-on.ts";
import type { OwnFile } from "../use-cases/own-files.ts";
import type { TakenIn } from "../use-cases/take-in.ts";
import { t } from "./messages.ts";
import { sayMoment } from "./moments.ts";

/** A sentence or two; none when the person thought better of it. */
export function sayMade(content: FileContent, made: HandedOn): string[] {
  if (!made.ok) {
    const words = t(content === "everything" && made.code === "nothing" ? "carry.nothing_here" : `carry.${made.code}`);
    return made.code === "nothing" ? [words, ...sayFiles(content, made.files)] : [words];
  }
  if (made.how === "cancelled") return [];
  const { events: count, fileName: file, part, rest, unsealed } = made.file;
  const words = [t(`carry.${content === "waiting" ? "made" : "copied"}_${made.how}`, { count, file })];
  if (rest !== undefined) words.push(t("carry.rest", { count: rest.events }));
  else if (part > 1) words.push(t("carry.last_file", { part }));
  if (unsealed > 0) words.push(t("carry.no_room", { count: unsealed }));
  return [...words, ...sayFiles(content, made.files)];
}

/** Of what the server has, nothing waited: a file of what waits does not lack it. */
function sayFiles(content: FileContent, { onlyHere, refused, atServer }: FilesLeft): string[] {
  return [
    ...(onlyHere > 0 ? [t("carry.files_only_here", { count: onlyHere })] : []),
    ...(refused > 0 ? [t("carry.files_refused", { count: refused })] : []),
    ...(content === "everything" && atServer > 0 ? [t("carry.files_at_server", { count: atServer })] : []),
  ];
}

/** On the button that makes the next one. `first`: what stands there when nothing is left over. */
export function sayNextFile(rest: { part: number } | undefined, first: string): string {
  return rest === undefined ? first : t("carry.next_file", { part: rest.part });
}

/** The person's own copy was taken in: whose it is, what is in it, and what becomes of it. */
export function sayOwn({ madeMs, events, phone, stands }: OwnFile, again: boolean, nowMs: number): string[] {
  const words = [t(again ? "carry.own_again" : "carry.own_new", { time: sayMoment(madeMs, nowMs) })];
  if (events !== undefined) words.push(t("carry.own_holds", { count: events }));
  if (stands !== undefined) words.push(t(`carry.own_${stands}`));
  if (phone !== undefined) words.push(t("carry.own_elsewhere", { phone }));
  return words;
}

export function sayGoing(share: number): string {
  return t("carry.state_going", { percent: Math.floor(share * 100) });
}

/** Where it is; once the server answered, what was new in it. */
export function sayOwnState({ state, answer, going }: CarriedFile): string {
  if (going !== undefined) return sayGoing(going);
  if (state === "refused") return t("carry.own_refused");
  if (answer === undefined || state === "waiting") return t("carry.state_waiting");
  if (answer.aside > 0) return t("carry.own_aside", { count: answer.aside });
  return answer.taken > 0 ? t("carry.own_taken", { count: answer.taken }) : t("carry.own_known");
}

/** Nobody is told to ask themselves. `own`: who reads it. */
export function sayRefused({ code, name }: Extract<TakenIn, { kind: "refused" }>, own: string): string {
  return code === "file_altered" && name === own ? t("carry.refused_own_altered") : t(`carry.refused_${code}`, { name });
}
