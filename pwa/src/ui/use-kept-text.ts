/** A text field whose words survive a reload: read when it appears, kept at every change. Where they are kept is the caller's matter. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { stashOf } from "./stash.ts";
import { useAutosave } from "./use-autosave.ts";

export interface KeptText {
  text: string;
  change: (text: string) => void;
}

/** `name` is this field's own among all fields and people of the device. */
export function useKeptText(name: string, read: () => Promise<string>, keep: (text: string) => Promise<void>): KeptText {
  const stash = useMemo(() => stashOf<string>(() => name), []);
  const [text, setText] = useState(() => stash.find() ?? "");
  const touched = useRef(false);
  const autosave = useAutosave(keep, stash);
  useEffect(() => {
    const left = stash.find();
    if (left !== undefined) return autosave.changed(left);
    void read().then((found) => {
      if (found !== "" && !touched.current) setText(found);
    });
  }, []);
  return {
    text,
    change(next) {
      touched.current = true;
      setText(next);
      autosave.changed(next);
    },
  };
}
