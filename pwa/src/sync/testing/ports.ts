/** Ports for tests: seeded chance, a clock that is set, timers that do not wait, locks inside one process. */
import { randomFrom } from "../../domain/shuffle.ts";
import type { Clock, Locks, Random, Timers } from "../../platform/ports.ts";

export interface Chance extends Random {
  chance(probability: number): boolean;
  below(count: number): number;
  pick<T>(items: readonly T[]): T;
}

export function seeded(seed: string): Chance {
  const draw = randomFrom(seed);
  const below = (count: number): number => Math.floor(draw() * count);
  return {
    fraction: draw,
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
    chance: (probability) => draw() < probability,
    below,
    pick: <T>(items: readonly T[]): T => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
  };
}

/** Each look is a millisecond later, so that no two events of one phone have the same time. */
export function steppingClock(startMs: number): Clock & { jump(ms: number): void } {
  let nowMs = startMs;
  return {
    nowMs: () => {
      nowMs += 1;
      return nowMs;
    },
    monotonicMs: () => nowMs,
    jump: (ms) => {
      nowMs += ms;
    },
  };
}

export const impatientTimers: Timers = {
  after(_delayMs, work) {
    queueMicrotask(work);
    return () => undefined;
  },
};

export function processLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async exclusive(name, mode, work) {
      const tail = tails.get(name);
      if (tail !== undefined && mode === "if-available") return "busy";
      const mine = (tail ?? Promise.resolve()).then(work, work);
      tails.set(name, mine);
      try {
        return await mine;
      } finally {
        if (tails.get(name) === mine) tails.delete(name);
      }
    },
  };
}

/** For the test that two engines at once are safe too. */
export const noLocks: Locks = {
  exclusive: async (_name, _mode, work) => await work(),
};
