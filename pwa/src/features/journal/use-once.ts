/** A button whose work stores something. Owns that it is done once at a time, and that a failure is known. */
import { useRef, useState } from "preact/hooks";

/** One thing at a time; a second tap while it runs does nothing. */
export function useOnce() {
  const busy = useRef(false);
  const [problem, setProblem] = useState(false);
  async function run(work: () => Promise<void>): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    try {
      await work();
      setProblem(false);
    } catch (error) {
      console.error("a choice between versions could not be stored", error);
      setProblem(true);
    } finally {
      busy.current = false;
    }
  }
  return { problem, run };
}
