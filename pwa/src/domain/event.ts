/** Events as the phone keeps them. Owns the shape; event-hash.ts the hash. */

export type Payload = Record<string, unknown>;

/** What an event repeats that was emitted before a fork. */
export interface Origin {
  stream: string;
  seq: number;
  hash: string;
}

export interface Fact {
  kind: string;
  /** The phone's raw wall clock, integer ms UTC. */
  ts: number;
  payload: Payload;
}

export interface StreamEvent extends Fact {
  stream: string;
  seq: number;
  scope: string;
  /** Made when the event was stored: inside a transaction, where it is needed, no digest can be awaited. */
  hash: string;
  origin?: Origin;
}

/** The kind of a place whose event was erased by right: none. */
export const ERASED_KIND = "";

/** What an event is a repetition of when it is emitted again; handed on unchanged however often that happens. */
export function originOf(event: StreamEvent): Origin {
  return event.origin ?? { stream: event.stream, seq: event.seq, hash: event.hash };
}

/** Kind without its version: "question_answered/1" gives "question_answered". */
export function kindName(kind: string): string {
  return kind.split("/")[0] ?? kind;
}
