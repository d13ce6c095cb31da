/**
 * Keeps what is being typed: every change is written at once, and while a write is under way only the newest text waits. Owns the
 * order of writes, not where they go. Invariant: when `flush` has ended well, the last text given to `changed` is stored.
 */
export type SaveState = "idle" | "saving" | "saved" | "failed";

export class Autosave {
  private write: (text: string) => Promise<void>;
  private show: (state: SaveState) => void;
  private newest: string | undefined;
  private running: Promise<void> | undefined;

  constructor(write: (text: string) => Promise<void>, show: (state: SaveState) => void) {
    this.write = write;
    this.show = show;
  }

  changed(text: string): void {
    this.newest = text;
    this.show("saving");
    void this.flush();
  }

  /** Ends when nothing waits any more; a text that could not be written stays the newest and is tried again with the next change. */
  flush(): Promise<void> {
    this.running ??= this.drain().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async drain(): Promise<void> {
    while (this.newest !== undefined) {
      const text = this.newest;
      this.newest = undefined;
      try {
        await this.write(text);
      } catch {
        this.newest ??= text;
        this.show("failed");
        return;
      }
    }
    this.show("saved");
  }
}
