/** The ports as browsers have them, in pages and workers alike. Owns no rule; everything here is one call deep. */
import type { BackgroundSync, Channel, Clock, Connectivity, Fetch, Locks, Random, Space, Timers } from "./ports.ts";

export const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const random: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  fraction: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 0x1_0000_0000,
};

export const timers: Timers = {
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};

export const connectivity: Connectivity = {
  isOnline: () => navigator.onLine,
  watch(changed) {
    self.addEventListener("online", changed);
    self.addEventListener("offline", changed);
    return () => {
      self.removeEventListener("online", changed);
      self.removeEventListener("offline", changed);
    };
  },
};

export const fetchPort: Fetch = async (url, init) => await fetch(url, init);

export const space: Space = {
  async freeBytes() {
    const { quota, usage } = await estimate();
    return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
  },
  async usedBytes() {
    return (await estimate()).usage;
  },
  async persist() {
    try {
      // Workers cannot ask; their type does not have it.
      const storage = navigator.storage as StorageManager & {
        persist?: () => Promise<boolean>;
      };
      return (await navigator.storage.persisted()) || (await storage.persist?.()) === true;
    } catch {
      return false;
    }
  },
  async persisted() {
    try {
      return await navigator.storage.persisted();
    } catch {
      return false;
    }
  },
};

async function estimate(): Promise<StorageEstimate> {
  try {
    return await navigator.storage.estimate();
  } catch {
    return {};
  }
}

export const locks: Locks = {
  async exclusive(name, mode, work) {
    return await navigator.locks.request(name, { ifAvailable: mode === "if-available" }, async (lock) =>
      lock === null ? ("busy" as const) : await work(),
    );
  },
};

/** Other tabs and the worker. */
export function browserChannel(): Channel {
  const channel = new BroadcastChannel("xuetan");
  return {
    post: (message) => channel.postMessage(message),
    listen(heard) {
      const listener = (event: MessageEvent): void => heard(event.data);
      channel.addEventListener("message", listener);
      return () => channel.removeEventListener("message", listener);
    },
  };
}

export const SYNC_TAG = "xuetan-sync";

/** Background Sync exists in Chromium only and is never relied on. */
export function backgroundSyncOf(registration: () => Promise<ServiceWorkerRegistration | undefined>): BackgroundSync {
  return {
    async ask() {
      try {
        const found = (await registration()) as
          | (ServiceWorkerRegistration & {
              sync?: { register(tag: string): Promise<void> };
            })
          | undefined;
        await found?.sync?.register(SYNC_TAG);
      } catch {
        // Refused by the person or the browser: the other triggers do.
      }
    },
  };
}
