/** A text field whose words survive a reload: read when it appears, kept at every change. Where they are kept is the caller's matter. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Autosave } from "./autosave.ts";

export interface KeptText {
  text: string;
  change: (text: string) => void;
}

export function useKeptText(read: () => Promise<string>, keep: (text: string) => Promise<void>): KeptText {
  const [text, setText] = useState("");
  const touched = useRef(false);
  const autosave = useMemo(() => new Autosave(keep, () => {}), []);
  useEffect(() => {
    void read().then((found) => {
      if (found !== "" && !touched.current) setText(found);
    });
    const flush = () => void autosave.flush();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
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
