/** An event in the eyes of a fold, and the trace it leaves. Owns which of two traces is the earlier. Pure. */
import type { Fact } from "./event.ts";

/** An event as folds see it: who wrote it, and when it is shown to have happened. */
export interface StudyEvent extends Fact {
  stream: string;
  seq: number;
  by: string;
  /** min(phone's time + measured offset, time of receipt), ms UTC. */
  shownMs: number;
  /** A hub holds it and the root has not numbered it. */
  provisional?: boolean;
}

export interface Trace {
  stream: string;
  seq: number;
  by: string;
  atMs: number;
  provisional?: boolean;
}

export function traceOf(event: StudyEvent): Trace {
  const { stream, seq, by, shownMs: atMs, provisional } = event;
  return { stream, seq, by, atMs, ...(provisional && { provisional }) };
}

export function isEarlier(trace: Trace, other: Trace | undefined): boolean {
  if (other === undefined || trace.atMs !== other.atMs) return other === undefined || trace.atMs < other.atMs;
  return trace.stream < other.stream || (trace.stream === other.stream && trace.seq < other.seq);
}

export function ownKey({ by }: StudyEvent, id: string): string {
  return `${by}/${id}`;
}

/** Leaves out what is undefined. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as ReturnType<typeof given<T>>;
}
