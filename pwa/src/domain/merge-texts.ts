/**
 * Three-way merge of two texts that were changed apart. Owns what counts as one piece (a sentence or a line end: in Chinese a line may be a
 * whole paragraph) and which changes meet. Pure. Invariants: what only one side changed is taken as that side has it; what both changed in
 * the same place stands there as both have it, so that no words are lost; swapping the sides swaps nothing but the sides.
 */

/** `both`: the sides changed the same place differently; one of them may be empty, where it was deleted there. */
export type Piece = { kind: "agreed"; text: string } | { kind: "both"; left: string; right: string };

/** Beyond this the changed middle of a side counts as one change: comparing it would take a small phone too long. */
const COMPARISONS_MAX = 4_000_000;

/** `base`: the text both began from; absent where it is not known, and then what the sides have in common. */
export function mergeTexts(base: string | undefined, left: string, right: string): Piece[] {
  const sides = [sentencesOf(left), sentencesOf(right)] as const;
  const from = base === undefined ? common(...sides) : sentencesOf(base);
  const edits = [...editsOf(from, sides[0], "left"), ...editsOf(from, sides[1], "right")].sort(
    (one, other) => one.from - other.from || one.to - other.to,
  );
  const pieces: Piece[] = [];
  let at = 0;
  for (const group of groupsOf(edits)) {
    agree(pieces, from.slice(at, group.from));
    settle(pieces, from, group);
    at = group.to;
  }
  agree(pieces, from.slice(at));
  return pieces;
}

/** Every piece as both have it, in order: nothing is left out. */
export function keepAll(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece.kind === "agreed" ? piece.text : keepBoth(piece))).join("");
}

export function keepBoth({ left, right }: { left: string; right: string }): string {
  const isApart = left === "" || right === "" || /[\s。！？!?….”’」』）》)"']$/.test(left);
  return isApart ? left + right : `${left}\n${right}`;
}

const ENDS = "。！？!?….";
const CLOSERS = `[”’」』）》)"']*`;
const ENDING = `[${ENDS}]+${CLOSERS}[ \\t\\u3000]*`;
/** A line end with what is empty after it; words to their ending; an ending alone. A full stop within a word or number ends nothing. */
const SENTENCE = new RegExp(`\\n\\s*|(?:[^\\n${ENDS}]|\\.(?!${CLOSERS}(?:\\s|$)))+(?:${ENDING})?|${ENDING}`, "g");

/** The text cut after sentences and at line ends; joined it is the text again. */
export function sentencesOf(text: string): string[] {
  return text.match(SENTENCE) ?? [];
}

interface Edit {
  side: "left" | "right";
  /** What it replaces of the base: [from, to), empty for an insertion. */
  from: number;
  to: number;
  units: string[];
}

interface Group {
  from: number;
  to: number;
  edits: Edit[];
}

/** Edits that meet: their places overlap, or both insert at one place. Edits that only touch are apart. */
function groupsOf(sorted: readonly Edit[]): Group[] {
  const groups: Group[] = [];
  for (const edit of sorted) {
    const last = groups[groups.length - 1];
    const meets = last !== undefined && (edit.from < last.to || (edit.to === last.from && last.from === last.to));
    if (meets) {
      last.to = Math.max(last.to, edit.to);
      last.edits.push(edit);
    } else groups.push({ from: edit.from, to: edit.to, edits: [edit] });
  }
  return groups;
}

function settle(pieces: Piece[], base: readonly string[], group: Group): void {
  const [left, right] = [applied(base, group, "left"), applied(base, group, "right")];
  if (left === undefined || right === undefined) {
    agree(pieces, left ?? right ?? []);
    return;
  }
  let before = 0;
  while (before < left.length && before < right.length && left[before] === right[before]) before += 1;
  let after = 0;
  const room = Math.min(left.length, right.length) - before;
  while (after < room && left[left.length - 1 - after] === right[right.length - 1 - after]) after += 1;
  agree(pieces, left.slice(0, before));
  const texts = [left, right].map((side) => side.slice(before, side.length - after).join("")) as [string, string];
  // Where both wrote alike at least as much as stood there, the shorter side deleted nothing: the longer one has it all.
  const wroteMore = texts.includes("") && before + after >= group.to - group.from;
  if (wroteMore) agree(pieces, texts);
  else if (texts[0] !== texts[1]) pieces.push({ kind: "both", left: texts[0], right: texts[1] });
  agree(pieces, left.slice(left.length - after));
}

/** What a side made of the group's place; undefined when it changed nothing there. */
function applied(base: readonly string[], group: Group, side: Edit["side"]): string[] | undefined {
  const edits = group.edits.filter((edit) => edit.side === side);
  if (edits.length === 0) return undefined;
  const units: string[] = [];
  let at = group.from;
  for (const edit of edits) {
    units.push(...base.slice(at, edit.from), ...edit.units);
    at = edit.to;
  }
  return [...units, ...base.slice(at, group.to)];
}

function agree(pieces: Piece[], units: readonly string[]): void {
  const text = units.join("");
  const last = pieces[pieces.length - 1];
  if (text === "") return;
  if (last?.kind === "agreed") last.text += text;
  else pieces.push({ kind: "agreed", text });
}

function editsOf(base: readonly string[], text: readonly string[], side: Edit["side"]): Edit[] {
  const edits: Edit[] = [];
  let [at, mine] = [0, 0];
  for (const [i, j] of [...matches(base, text), [base.length, text.length] as const]) {
    if (i > at || j > mine) edits.push({ side, from: at, to: i, units: text.slice(mine, j) });
    [at, mine] = [i + 1, j + 1];
  }
  return edits;
}

function common(left: readonly string[], right: readonly string[]): string[] {
  // The same for both orders, so that two phones agree: which of several longest matches is found depends on the order.
  const [one, other] = left.join("") < right.join("") ? [left, right] : [right, left];
  return matches(one, other).map(([i]) => one[i] as string);
}

/** A longest common subsequence as pairs of places, growing. */
function matches(base: readonly string[], text: readonly string[]): [number, number][] {
  let start = 0;
  while (start < base.length && start < text.length && base[start] === text[start]) start += 1;
  let [endBase, endText] = [base.length, text.length];
  while (endBase > start && endText > start && base[endBase - 1] === text[endText - 1]) {
    endBase -= 1;
    endText -= 1;
  }
  const found: [number, number][] = [];
  for (let at = 0; at < start; at += 1) found.push([at, at]);
  found.push(...middleMatches(base, text, start, endBase, endText));
  for (let at = 0; endBase + at < base.length; at += 1) found.push([endBase + at, endText + at]);
  return found;
}

function middleMatches(
  base: readonly string[],
  text: readonly string[],
  start: number,
  endBase: number,
  endText: number,
): [number, number][] {
  const [rows, columns] = [endBase - start, endText - start];
  if (rows === 0 || columns === 0 || rows * columns > COMPARISONS_MAX) return [];
  const width = columns + 1;
  const lengths = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      const isSame = base[start + i] === text[start + j];
      lengths[at] = isSame ? (lengths[at + width + 1] ?? 0) + 1 : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  const found: [number, number][] = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (base[start + i] === text[start + j]) found.push([start + i++, start + j++]);
    else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return found;
}
