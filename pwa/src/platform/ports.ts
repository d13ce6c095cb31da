/**
 * What the core asks of the world: time, chance, network state, locks, space. Owns the interfaces only; `browser.ts` and the
 * tests implement them. Invariant: nothing below `platform` or in `sync`, `packs`, `db`, `use-cases` fetches time or chance itself.
 */

export interface Clock {
  /** Wall clock, integer ms UTC; may be wrong by years. */
  nowMs(): number;
  /** Milliseconds that only ever grow while the page lives. */
  monotonicMs(): number;
}

export interface Random {
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** 0 <= x < 1 */
  fraction(): number;
}

export interface Connectivity {
  /** False only when the system is sure that there is no line. */
  isOnline(): boolean;
  /** Calls back on every change; returns the way to stop. */
  watch(changed: () => void): () => void;
}

export interface Visibility {
  isVisible(): boolean;
  watch(changed: () => void): () => void;
}

/** Asks the browser to wake the worker when there is a line; nothing where it cannot. */
export interface BackgroundSync {
  ask(): Promise<void>;
}

export type LockMode = "wait" | "if-available";

export interface Locks {
  /** Runs `work` alone among all tabs and workers of the origin; `"busy"` when the mode is `if-available` and it is taken. */
  exclusive<T>(name: string, mode: LockMode, work: () => Promise<T>): Promise<T | "busy">;
}

export interface Timers {
  /** Calls once after a delay; returns the way to cancel. */
  after(delayMs: number, work: () => void): () => void;
}

export interface Space {
  /** Bytes still free for this origin, undefined where the browser does not say. */
  freeBytes(): Promise<number | undefined>;
  usedBytes(): Promise<number | undefined>;
  /** Asks the browser once not to clear our storage; true when granted. */
  persist(): Promise<boolean>;
  persisted(): Promise<boolean>;
}

/** A store that outlives the databases' eviction in some browsers; compared with them at start. */
export interface MarkerStore {
  read(): string | null;
  write(text: string): void;
}

/** Messages to the other tabs and the worker of this origin. */
export interface Channel {
  post(message: unknown): void;
  listen(heard: (message: unknown) => void): () => void;
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface Ports {
  clock: Clock;
  random: Random;
  connectivity: Connectivity;
  visibility: Visibility;
  backgroundSync: BackgroundSync;
  locks: Locks;
  timers: Timers;
  space: Space;
  markers: MarkerStore;
  channel: Channel;
  fetch: Fetch;
  caches: CacheStorage;
  crypto: SubtleCrypto;
}
