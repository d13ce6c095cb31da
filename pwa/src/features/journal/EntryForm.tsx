/** The page that is written on: the text, the word that it is kept, and the one button that makes it an entry. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { JOURNAL_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import { goBack, navigate, path } from "../../ui/location.ts";
import { Screen } from "../../ui/Screen.tsx";
import { Status } from "../../ui/Status.tsx";
import { type SaveState } from "../../ui/autosave.ts";
import { useAutosave } from "../../ui/use-autosave.ts";
import { useIsOpen } from "../../ui/use-is-open.ts";
import { discardDraft } from "../../use-cases/drafts.ts";
import { saveEntry } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { holdUpdate } from "../../use-cases/update-app.ts";
import { isShown, nameInAddress } from "./draft-address.ts";
import { DraftKeeper } from "./draft-keeper.ts";
import { draftStash } from "./draft-stash.ts";
import { draftStoreOf } from "./draft-store.ts";
import type { Start } from "./JournalEditor.tsx";

const CHARACTERS_LEFT_SHOWN = 500;

function useEntry(session: Session, start: Start) {
  const [text, setText] = useState(start.text);
  const [state, setState] = useState<SaveState>(start.found === null ? "idle" : "saved");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [closing, discarding] = [useRef(false), useRef(false)];
  const address = useMemo(() => path.peek(), []);
  const keeper = useMemo(() => new DraftKeeper(draftStoreOf(session), start.head, start.found, renamed), []);
  const stash = useMemo(() => stashOfKeeper(session, keeper), []);
  const autosave = useAutosave((words: string) => keeper.write(words), stash, setState);
  const newest = useRef(start.text);
  const open = useIsOpen();

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

  async function save(): Promise<void> {
    if (closing.current) return;
    if (newest.current.trim() === "") {
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
      const result = await saveEntry(session, { ...keeper.head, text: words });
      if (!result.ok || words === newest.current) return result;
      keeper.head = { ...keeper.head, entry: result.entry, parents: [result.ver] };
    }
  }

  async function discard(): Promise<void> {
    discarding.current = true;
    try {
      await autosave.flush();
      await discardDraft(session, keeper.head.draft);
      if (isShown(address)) goBack("/journal");
    } catch (error) {
      console.error("a draft could not be discarded", error);
      setProblem(t("journal.draft_failed"));
      discarding.current = false;
    }
  }

  return { text, state, problem, write, save, discard };
}

export function EntryForm({ session, start }: { session: Session; start: Start }) {
  const { text, state, problem, write, save, discard } = useEntry(session, start);
  const { prompt, entry } = start.head;
  return (
    <Screen title={entry === undefined ? t("journal.new_title") : t("journal.edit_title")} class="editor">
      {start.lessonTitle !== undefined && <p class="small quiet">{t("journal.from_lesson", { title: start.lessonTitle })}</p>}
      {prompt !== undefined && (
        <section class="prompt">
          <h2 class="small quiet">{t("journal.prompt")}</h2>
          <p>{prompt}</p>
        </section>
      )}
      <TextArea
        id="journal-text"
        data-testid="journal-text"
        label={t("journal.text")}
        labelHidden
        rows={10}
        placeholder={prompt === undefined ? t("journal.placeholder") : ""}
        maxLength={JOURNAL_TEXT_CHARACTERS_MAX}
        value={text}
        onInput={write}
      />
      {state === "saved" && (
        <div>
          <Confirm
            label={t("journal.discard")}
            icon="trash"
            question={t("journal.discard_confirm")}
            yes={t("journal.discard_yes")}
            no={t("journal.discard_no")}
            onYes={() => void discard()}
          />
        </div>
      )}
      <div class="dock">
        {problem !== undefined && (
          <p class="error" role="alert">
            {problem}
          </p>
        )}
        <DraftState state={state} left={JOURNAL_TEXT_CHARACTERS_MAX - text.length} />
        <Button wide onClick={() => void save()} data-testid="journal-save">
          {t("journal.save")}
        </Button>
      </div>
    </Screen>
  );
}

function DraftState({ state, left }: { state: SaveState; left: number }) {
  return (
    <div class="row editor-state" data-testid="draft-state" data-state={state}>
      <span role={state === "failed" ? "alert" : undefined}>
        {state === "idle" && <Status>{t("journal.autosave")}</Status>}
        {state === "saved" && (
          <Status tone="pine" icon="check">
            {t("journal.draft_saved")}
          </Status>
        )}
        {state === "saving" && <Status icon="clock">{t("journal.saving")}</Status>}
        {state === "failed" && (
          <Status tone="berry" icon="alert">
            {t("journal.draft_failed")}
          </Status>
        )}
      </span>
      {left <= CHARACTERS_LEFT_SHOWN && (
        <span class="small quiet">{left === 0 ? t("journal.full") : t("journal.characters_left", { count: left })}</span>
      )}
    </div>
  );
}

function stashOfKeeper(session: Session, keeper: DraftKeeper) {
  const stash = draftStash(session, () => keeper.head.draft);
  return { put: (text: string) => stash.put({ text, over: keeper.over }), drop: () => stash.drop() };
}
