/**
 * Keeps what is being typed: every change is written at once, and while a write is under way only the newest value waits. Owns the
 * order of writes, not where they go. Invariant: when `flush` has ended well, the last value given to `changed` is stored; until then it is in the stash.
 */
import type { Stash } from "./stash.ts";

export type SaveState = "idle" | "saving" | "saved" | "failed";

export class Autosave<T> {
  private write: (value: T) => Promise<void>;
  private show: (state: SaveState) => void;
  private stash: Pick<Stash<T>, "put" | "drop">;
  private newest: { value: T } | undefined;
  private busy = false;
  private running: Promise<void> = Promise.resolve();

  constructor(write: (value: T) => Promise<void>, stash: Pick<Stash<T>, "put" | "drop">, show: (state: SaveState) => void = () => {}) {
    this.write = write;
    this.stash = stash;
    this.show = show;
  }

  changed(value: T): void {
    this.stash.put(value);
    this.newest = { value };
    this.show("saving");
    void this.flush();
  }

  /** Ends when nothing waits any more; a value that could not be written stays the newest and is tried again with the next change. */
  flush(): Promise<void> {
    if (!this.busy) this.running = this.drain();
    return this.running;
  }

  private async drain(): Promise<void> {
    this.busy = true;
    while (this.newest !== undefined) {
      const { value } = this.newest;
      this.newest = undefined;
      try {
        await this.write(value);
      } catch {
        this.newest ??= { value };
        this.busy = false;
        this.show("failed");
        return;
      }
      if (this.newest === undefined) this.stash.drop();
    }
    // In the same step as the look at what waits: a change that comes now begins a run of its own.
    this.busy = false;
    this.show("saved");
  }
}
