/** A live query inside a component: made again when its inputs change, and the last answer stays until the new one is there. */
import type { ReadonlySignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";

export function useLive<T>(make: () => ReadonlySignal<T | undefined>, inputs: readonly unknown[]): T | undefined {
  const query = useMemo(make, inputs);
  const last = useRef<T | undefined>(undefined);
  const value = query.value;
  if (value !== undefined) last.current = value;
  return last.current;
}
