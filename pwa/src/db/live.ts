/**
 * Live queries: a signal that is read again when something it depends on was written, in any tab. Owns the mapping from topics to
 * signals; not the topics' meaning. Invariant: a signal that nobody watches reads nothing.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { folded } from "./folded.ts";
import { type Topic, watchTopics } from "./topics.ts";

/** `undefined` until the first read has ended; afterwards always the last value that could be read. */
export type Live<T> = ReadonlySignal<T | undefined>;

export function live<T>(topics: readonly Topic[], read: () => Promise<T>): Live<T> {
  let stop: (() => void) | undefined;
  const readAgain = folded(
    async () => {
      if (stop === undefined) return;
      const value = await read();
      if (stop !== undefined) result.value = value;
    },
    (error) => console.error("a live query failed", error),
  );

  const result = signal<T | undefined>(undefined, {
    watched() {
      stop = watchTopics(topics, readAgain);
      readAgain();
    },
    unwatched() {
      stop?.();
      stop = undefined;
    },
  });
  return result;
}
