/** Autosave inside a component: flushed when the page goes away or the component does. */
import { useEffect, useMemo } from "preact/hooks";
import { Autosave, type SaveState } from "./autosave.ts";
import type { Stash } from "./stash.ts";

export function useAutosave<T>(write: (value: T) => Promise<void>, stash: Stash<T>, show?: (state: SaveState) => void): Autosave<T> {
  const autosave = useMemo(() => new Autosave(write, stash, show), []);
  useEffect(() => {
    const flush = () => void autosave.flush();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, []);
  return autosave;
}
