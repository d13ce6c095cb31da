/** Waits for what a busy machine may take its time over. Vitest's own `waitFor` gives up after one second. */
import { vi } from "vitest";

const WAIT_MS = 20_000;

/** What `look` gives as soon as it no longer throws; its last error after {@link WAIT_MS}. */
export async function until<T>(look: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(look, { timeout: WAIT_MS, interval: 20 });
}
