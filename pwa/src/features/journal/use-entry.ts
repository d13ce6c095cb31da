/** Writing an entry: the words and what is attached, kept as they come, and the two ends of it, an entry or nothing. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { type SaveState } from "../../ui/autosave.ts";
import { goBack, navigate, path } from "../../ui/location.ts";
import { useAutosave } from "../../ui/use-autosave.ts";
import { useIsOpen } from "../../ui/use-is-open.ts";
import { discardDraft } from "../../use-cases/drafts.ts";
import { saveEntry } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { holdUpdate } from "../../use-cases/take-update.ts";
import { isShown, nameInAddress } from "./draft-address.ts";
import { DraftKeeper } from "./draft-keeper.ts";
import { draftStash } from "./draft-stash.ts";
import { draftStoreOf } from "./draft-store.ts";
import type { Start } from "./JournalEditor.tsx";
import { useAttachments } from "./use-attachments.ts";

/** The words and what is attached: kept as they come. */
function useWriting(session: Session, start: Start) {
  const [text, setText] = useState(start.text);
  const [state, setState] = useState<SaveState>(start.found === null ? "idle" : "saved");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const discarding = useRef(false);
  const address = useMemo(() => path.peek(), []);
  const fresh = useMemo(() => new Map<string, Uint8Array<ArrayBuffer>>(), []);
  const keeper = useMemo(() => new DraftKeeper(draftStoreOf(session, fresh), start.head, start.found, renamed), []);
  const stash = useMemo(() => stashOfKeeper(session, keeper), []);
  const autosave = useAutosave((words: string) => keeper.write(words), stash, setState);
  const newest = useRef(start.text);
  const open = useIsOpen();
  const attachments = useAttachments(session, {
    keeper,
    fresh,
    store,
    storeSoon: () => write(newest.current),
    settled: () => setProblem(undefined),
  });

  function renamed(name: string, before: string): void {
    stash.put(newest.current);
    draftStash(session, () => before).drop();
    if (open.current) nameInAddress(name, address);
  }

  useEffect(() => holdUpdate(session.app), [session]);
  useEffect(() => {
    if (start.unsaved) autosave.changed(start.text);
  }, []);

  function write(words: string): void {
    if (discarding.current) return;
    nameInAddress(keeper.head.draft, address);
    newest.current = words;
    setText(words);
    setProblem(undefined);
    autosave.changed(words);
  }

  /** What was attached is stored with the words that are there. */
  async function store(): Promise<void> {
    nameInAddress(keeper.head.draft, address);
    await autosave.flush();
    await keeper.write(newest.current);
    setState("saved");
  }

  return { text, state, problem, setProblem, attachments, write, keeper, newest, autosave, discarding, address };
}

export function useEntry(session: Session, start: Start) {
  const writing = useWriting(session, start);
  const { keeper, newest, autosave, attachments, discarding, address, setProblem } = writing;
  const closing = useRef(false);

  async function save(): Promise<void> {
    if (closing.current) return;
    if (attachments.isBusy()) return setProblem(t("media.finish_first"));
    if (newest.current.trim() === "" && keeper.head.blobs === undefined) {
      document.getElementById("journal-text")?.focus();
      return setProblem(t("journal.no_words"));
    }
    closing.current = true;
    try {
      const result = await saveNewest();
      if (result.ok) {
        announce(t("journal.saved"));
        if (isShown(address)) navigate(`/journal/${result.entry}?saved`, "replace");
        return;
      }
      setProblem(result.code === "too_long" ? t("journal.full") : t("journal.no_words"));
    } catch (error) {
      console.error("an entry could not be stored", error);
      setProblem(t("journal.draft_failed"));
    }
    closing.current = false;
  }

  /** What is typed while an entry is being stored becomes its next version. */
  async function saveNewest() {
    for (;;) {
      await autosave.flush();
      const words = newest.current;
      const { draft, ...head } = keeper.head;
      const { blobs } = head;
      const result = await saveEntry(session, { ...head, text: words, draft: { name: draft, over: keeper.over } });
      if (!result.ok || (words === newest.current && blobs === keeper.head.blobs)) return result;
      keeper.head = { ...keeper.head, entry: result.entry, parents: [result.ver] };
    }
  }

  async function discard(): Promise<void> {
    discarding.current = true;
    try {
      await autosave.flush();
      await discardDraft(session, { name: keeper.head.draft, over: keeper.over });
      if (isShown(address)) goBack("/journal");
    } catch (error) {
      console.error("a draft could not be discarded", error);
      setProblem(t("journal.draft_failed"));
      discarding.current = false;
    }
  }

  return { ...writing, save, discard };
}

function stashOfKeeper(session: Session, keeper: DraftKeeper) {
  const stash = draftStash(session, () => keeper.head.draft);
  return { put: (text: string) => stash.put({ text, over: keeper.over }), drop: () => stash.drop() };
}
