/** A text field whose words survive a reload: read when it appears, kept at every change. Where they are kept is the caller's matter. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { stashOf } from "./stash.ts";
import { useAutosave } from "./use-autosave.ts";

export interface KeptText {
  text: string;
  change: (text: string) => void;
  /** Ends when what was typed is stored; to be awaited before it is sent. */
  settle: () => Promise<void>;
  /** The words went out: the field is cleared, unless something else was typed meanwhile: then true. */
  sent: (words: string) => boolean;
}

/** `name` is this field's own among all fields and people of the device. */
export function useKeptText(name: string, read: () => Promise<string>, keep: (text: string) => Promise<void>): KeptText {
  const stash = useMemo(() => stashOf<string>(() => name), []);
  const [text, setText] = useState(() => stash.find() ?? "");
  const touched = useRef(false);
  const newest = useRef(text);
  const autosave = useAutosave(keep, stash);
  useEffect(() => {
    const left = stash.find();
    if (left !== undefined) return autosave.changed(left);
    void read().then((found) => {
      if (found !== "" && !touched.current) show(found);
    });
  }, []);

  function show(next: string): void {
    newest.current = next;
    setText(next);
  }

  function change(next: string): void {
    touched.current = true;
    show(next);
    autosave.changed(next);
  }

  return {
    text,
    change,
    settle: () => autosave.flush(),
    sent(words) {
      const others = newest.current !== words;
      change(others ? newest.current : "");
      return others;
    },
  };
}
