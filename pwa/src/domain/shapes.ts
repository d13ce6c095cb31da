/**
 * Which columns a segment has, by its shapes: the numbers of the segment dictionary, and the names of what has none. Pure.
 * Invariant: a number is one column, whatever shapes it stands in; a name is a column of its shape alone.
 */
import { FIELDS, KINDS } from "../contracts/segment-dictionary.ts";

/** A kind with the fields it usually has, or a kind and each of its fields: by number, or by name. */
export type Shape = number | (number | string)[];

export interface Layout {
  /** Per shape: kind, names of the fields, and the column of each. */
  shapes: { kind: string; fields: string[]; columns: number[] }[];
  /** Per column: "#" for values as they are; "@" and "!" for ids of 16 and 22 characters; "" for all else. */
  forms: string[];
}

export const fields = FIELDS.split(" ").map((field) => ({ form: (/^[#@!]/.exec(field) ?? [""])[0], name: field.replace(/^[#@!]/, "") }));
export const kinds = KINDS.split(";").map((text) => {
  const [kind = "", ...numbers] = text.split(" ");
  return { kind, usual: numbers.map(Number) };
});

/** Throws when a number stands for nothing that this version knows. */
export function layOut(shapes: readonly Shape[]): Layout {
  const forms: string[] = [];
  const shared = new Map<number, number>();
  return {
    forms,
    shapes: shapes.map((shape) => {
      const [kind = "", ...parts] = typeof shape === "number" ? [shape, ...known(kinds, shape).usual] : shape;
      const columns = parts.map((part) => {
        const before = typeof part === "number" ? shared.get(part) : undefined;
        if (before !== undefined) return before;
        if (typeof part === "number") shared.set(part, forms.length);
        return forms.push(typeof part === "number" ? known(fields, part).form : "") - 1;
      });
      return {
        kind: typeof kind === "number" ? known(kinds, kind).kind : kind,
        fields: parts.map((part) => (typeof part === "number" ? known(fields, part).name : part)),
        columns,
      };
    }),
  };
}

function known<T>(list: readonly T[], number: number): T {
  const found = list[number];
  if (found === undefined) throw new RangeError("a number that this version does not know");
  return found;
}
