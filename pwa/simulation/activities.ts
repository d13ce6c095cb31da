/**
 * What runs in this process and what waits. Owns the count: an activity that waits for the line, a timer or a lock is parked, and the world goes
 * on only when nothing runs. So the world decides what happens next, and nothing else does.
 */

/** Far more turns of the event loop than any activity needs. */
const TURNS_MAX = 200_000;

export class Activities {
  running = 0;

  /** Lets it run; `quiet` waits for it. */
  begin(work: () => Promise<void>): void {
    this.running += 1;
    void work().finally(() => {
      this.running -= 1;
    });
  }

  /** Resolves when nothing runs any more: everything has ended, is parked or was killed. */
  async quiet(): Promise<void> {
    for (let turn = 0; this.running > 0; turn += 1) {
      if (turn > TURNS_MAX) throw new Error("RESTLESS an activity never ends");
      await nextTurn();
    }
  }

  /** Waits for what the world decides: `settle` is called at most once, and only while `isAlive`. */
  async parked<T>(isAlive: () => boolean, hand: (settle: (value: T) => void) => void): Promise<T> {
    this.running -= 1;
    return await new Promise<T>((resolve) => {
      hand((value) => {
        if (!isAlive()) return;
        this.running += 1;
        resolve(value);
      });
    });
  }

  /** A killed tab's activity: it never goes on. */
  async never(): Promise<never> {
    this.running -= 1;
    return await new Promise<never>(() => undefined);
  }
}

export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}
