/** The page that is written on: the text, the word that it is kept, and the one button that makes it an entry. */
import { JOURNAL_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import { Screen } from "../../ui/Screen.tsx";
import { Status } from "../../ui/Status.tsx";
import { type SaveState } from "../../ui/autosave.ts";
import type { Session } from "../../use-cases/session.ts";
import { AttachmentList } from "./AttachmentList.tsx";
import type { Start } from "./JournalEditor.tsx";
import { useEntry } from "./use-entry.ts";

const CHARACTERS_LEFT_SHOWN = 500;

export function EntryForm({ session, start }: { session: Session; start: Start }) {
  const { text, state, problem, attachments, write, save, discard } = useEntry(session, start);
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
      <AttachmentList session={session} attachments={attachments} />
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
