/** Work that is asked for again and again. Invariant: one run at a time, and one more afterwards for all that was asked meanwhile. */
export function folded(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let asked = false;
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (asked) {
      asked = false;
      try {
        await work();
      } catch (error) {
        failed(error);
      }
    }
    running = false;
  }

  return () => {
    asked = true;
    if (!running) void run();
  };
}
