/**
 * What became of events that the server set aside. Owns the reading of `set_aside` rows: a row is about `n` events from its seq on, and a
 * row about one event goes before one about many.
 */
import type { Row } from "./rows.ts";

export type Became = "released" | "answered";

export interface Outcome {
  became?: Became;
  answer?: string;
}

export interface Outcomes {
  /** What the rows themselves name, the first event of each, and of how many it speaks. */
  listed: { stream: string; seq: number; code: string; n?: number }[];
  of(event: { stream: string; seq: number }): Outcome;
}

/** The mark of "I have seen it". An answer is news: it has a mark of its own. */
export function markOf({ stream, seq }: { stream: string; seq: number }, answer?: string): string {
  return `aside:${stream}:${seq}${answer === undefined ? "" : `:${answer}`}`;
}

export function readOutcomes(rows: readonly Row<"set_aside">[]): Outcomes {
  const bodies = rows.map(({ body }) => body).sort((left, right) => (left.n ?? 1) - (right.n ?? 1));
  return {
    listed: bodies,
    of({ stream, seq }) {
      const body = bodies.find((one) => one.stream === stream && seq >= one.seq && seq < one.seq + (one.n ?? 1));
      if (body === undefined) return {};
      const released = body.became === "released" && !(body.still ?? []).includes(seq);
      const answer = body.answer === undefined ? {} : { answer: body.answer };
      if (released) return { became: "released", ...answer };
      return body.answer === undefined ? {} : { became: "answered", ...answer };
    },
  };
}
