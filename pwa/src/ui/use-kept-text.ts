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

/** Where the words of one field are kept; another window may show a field of the same place. `U` says upon what the field's words stand. */
export interface TextPlace<U> {
  /** The field's own among all fields and people of the device. */
  readonly name: string;
  /** Under which an app of before may have left bare words. */
  readonly formerName: string;
  /** Set to what was read once it is shown, and after a reload to what was left. */
  upon: U;
  /** What is to be left for a reload while `text` is on its way. */
  leaving(text: string): U;
  read(): Promise<{ text: string; upon: U }>;
  /** An empty text keeps nothing. */
  keep(text: string): Promise<void>;
  /** Tells when another window has sent words of this field: what it held and what is left; to be answered whether it shows that now. */
  follow(told: (before: string, after: string) => boolean): () => void;
}

/** `original` is shown where nothing is kept, and is not kept itself. */
export function useKeptText<U>(place: TextPlace<U>, original = ""): KeptText {
  const stash = useMemo(() => stashOf<{ text: string; upon: U }>(() => place.name), []);
  const formerStash = useMemo(() => stashOf<unknown>(() => place.formerName), []);
  const [text, setText] = useState(() => stash.find()?.text ?? "");
  const touched = useRef(false);
  const newest = useRef(text);
  const autosave = useAutosave((words: string) => place.keep(words === original ? "" : words), {
    put: (words) => stash.put({ text: words, upon: place.leaving(words) }),
    drop: () => stash.drop(),
  });
  useEffect(() => {
    const left = stash.find();
    if (left !== undefined) {
      place.upon = left.upon;
      return autosave.changed(left.text);
    }
    void place.read().then((found) => {
      if (touched.current) return;
      place.upon = found.upon;
      const former = formerStash.find();
      if (typeof former !== "string" || former === "") return show(found.text || original);
      // Typed on from what is stored, as it seems; else both are shown.
      change(former.startsWith(found.text) ? former : `${found.text}\n${former}`);
      formerStash.drop();
    });
  }, []);
  useEffect(() => place.follow(letGo), []);

  function show(next: string): void {
    newest.current = next;
    setText(next);
  }

  function letGo(before: string, after: string): boolean {
    const idle = newest.current === before;
    if (idle) show(after || original);
    return idle;
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
      const others = newest.current !== words && newest.current !== "";
      change(others ? newest.current : "");
      return others;
    },
  };
}
