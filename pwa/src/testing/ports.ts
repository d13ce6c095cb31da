/** Every port of the app for tests: set clocks, timers that are run by hand, a line that can be cut, storage in memory. */
import type { Channel, Ports } from "../platform/ports.ts";
import { seeded } from "../sync/testing/ports.ts";
import { processLocks } from "../sync/testing/ports.ts";
import { FakeCaches } from "./fake-caches.ts";

export type Route = (path: string, init: RequestInit) => Response | Promise<Response | undefined> | undefined;

export interface TestPorts extends Ports {
  caches: CacheStorage;
  fake: {
    nowMs: number;
    online: boolean;
    visible: boolean;
    freeBytes: number | undefined;
    marker: string | null;
    persistAsked: number;
    caches: FakeCaches;
    /** Answers requests; the first that answers wins; no route is no line. */
    routes: Route[];
    asked: string[];
    /** Runs timers that are due after so many milliseconds. */
    pass(ms: number): void;
    /** Tells everybody who watches line and visibility. */
    tell(): void;
    timers: number;
  };
}

const NO_CHANNEL: Channel = {
  post: () => undefined,
  listen: () => () => undefined,
};

export function makePorts(seed = "test"): TestPorts {
  const timers = new Set<{ dueMs: number; work: () => void }>();
  const watchers = new Set<() => void>();
  const watch = (changed: () => void): (() => void) => {
    watchers.add(changed);
    return () => watchers.delete(changed);
  };
  const fakeCaches = new FakeCaches();
  const fake: TestPorts["fake"] = {
    nowMs: 1_790_000_000_000,
    online: true,
    visible: true,
    freeBytes: undefined,
    marker: null,
    persistAsked: 0,
    caches: fakeCaches,
    routes: [],
    asked: [],
    pass(ms) {
      fake.nowMs += ms;
      for (const timer of [...timers]) {
        if (timer.dueMs > fake.nowMs) continue;
        timers.delete(timer);
        timer.work();
      }
    },
    tell() {
      for (const changed of [...watchers]) changed();
    },
    get timers() {
      return timers.size;
    },
  };
  return {
    fake,
    clock: { nowMs: () => fake.nowMs, monotonicMs: () => fake.nowMs },
    random: seeded(seed),
    connectivity: { isOnline: () => fake.online, watch },
    visibility: { isVisible: () => fake.visible, watch },
    backgroundSync: { ask: async () => undefined },
    locks: processLocks(),
    timers: {
      after(delayMs, work) {
        const timer = { dueMs: fake.nowMs + delayMs, work };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    space: {
      freeBytes: async () => fake.freeBytes,
      usedBytes: async () => undefined,
      persist: async () => {
        fake.persistAsked += 1;
        return true;
      },
      persisted: async () => fake.persistAsked > 0,
    },
    markers: {
      read: () => fake.marker,
      write: (text) => {
        fake.marker = text;
      },
    },
    channel: NO_CHANNEL,
    fetch: async (path, init = {}) => {
      fake.asked.push(path);
      for (const route of fake.routes) {
        const answer = await route(path, init);
        if (answer !== undefined) return answer;
      }
      throw new TypeError("Failed to fetch");
    },
    caches: fakeCaches as unknown as CacheStorage,
    crypto: crypto.subtle,
  };
}
