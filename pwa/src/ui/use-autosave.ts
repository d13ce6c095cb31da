/** Autosave inside a component: flushed when the page goes away or the component does. */
import { useLayoutEffect, useMemo } from "preact/hooks";
import { lastWords } from "../platform/last-words.ts";
import { Autosave, type SaveState } from "./autosave.ts";
import type { Stash } from "./stash.ts";

export function useAutosave<T>(
  write: (value: T) => Promise<void>,
  stash: Pick<Stash<T>, "put" | "drop">,
  show?: (state: SaveState) => void,
): Autosave<T> {
  const autosave = useMemo(() => new Autosave(write, stash, show), []);
  // A layout effect is undone at once; what an effect does at the end comes after the next screen was drawn, which may be the same page again.
  useLayoutEffect(() => {
    const store = () => autosave.flush();
    const flush = (): void => void store();
    addEventListener("pagehide", flush);
    lastWords.add(store);
    return () => {
      removeEventListener("pagehide", flush);
      void store().then(() => lastWords.delete(store));
    };
  }, []);
  return autosave;
}
