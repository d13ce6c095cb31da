/** A mentor mends or takes back what they wrote; both can be undone. Half-typed words are kept over a reload like any other. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { COMMENT_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import { useKeptText } from "../../ui/use-kept-text.ts";
import { giveFeedback, type TeacherEntryView } from "../../use-cases/caseload.ts";
import type { FeedbackThread, Verdict } from "../../use-cases/feedback.ts";
import type { Session } from "../../use-cases/session.ts";
import { UnsentWords } from "../../use-cases/unsent-words.ts";
import { restoreFeedback, withdrawFeedback } from "../../use-cases/withdraw-feedback.ts";
import { VerdictChoice } from "./ReviewForm.tsx";

interface ChangeFeedbackProps {
  session: Session;
  entry: TeacherEntryView;
  thread: FeedbackThread;
}

export function ChangeFeedback({ session, entry, thread }: ChangeFeedbackProps) {
  const [editing, setEditing] = useState(false);
  const busy = useRef(false);

  async function once(work: () => Promise<unknown>, words: string): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    try {
      await work();
      announce(words);
    } catch (error) {
      console.error("feedback could not be changed", error);
      announce(t("journal.draft_failed"));
    } finally {
      busy.current = false;
    }
  }

  if (thread.withdrawn) {
    const undo = (): Promise<void> => once(() => restoreFeedback(session, entry.teacher, thread), t("review.restored"));
    return (
      <Button look="plain" onClick={() => void undo()} data-testid="feedback-restore">
        {t("review.restore")}
      </Button>
    );
  }
  if (editing) return <EditForm session={session} entry={entry} thread={thread} onDone={() => setEditing(false)} />;
  const withdraw = (): Promise<void> => once(() => withdrawFeedback(session, entry.teacher, thread.feedback), t("review.withdrawn"));
  return (
    <div class="row">
      <Button look="plain" icon="pencil" onClick={() => setEditing(true)} data-testid="feedback-edit">
        {t("review.edit")}
      </Button>
      <Button look="quiet" onClick={() => void withdraw()} data-testid="feedback-withdraw">
        {t("review.withdraw")}
      </Button>
    </div>
  );
}

function EditForm({ session, entry, thread, onDone }: ChangeFeedbackProps & { onDone: () => void }) {
  const unsent = useMemo(() => new UnsentWords(session, `change:${thread.feedback}`), []);
  const { text, change, settle, sent } = useKeptText(unsent, thread.text);
  const [verdict, setVerdict] = useState<Verdict>(thread.verdict);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const id = `change-${thread.feedback}`;
  const sending = useRef(false);
  useEffect(() => document.getElementById(id)?.focus(), [id]);

  async function save(): Promise<void> {
    if (sending.current) return;
    sending.current = true;
    try {
      await settle();
      const about = thread.paragraph === undefined ? {} : { paragraph: thread.paragraph };
      const { feedback, ver } = thread;
      const result = await giveFeedback(session, {
        teacher: entry.teacher,
        entry: entry.entry,
        ver,
        verdict,
        text,
        ...about,
        unsent,
        replaces: feedback,
      });
      if (!result.ok) setProblem(result.code === "too_long" ? t("review.too_long") : t("review.need_words"));
      else if (!sent(text)) {
        announce(t("review.saved", { name: entry.teacherName }));
        onDone();
      }
    } catch (error) {
      console.error("feedback could not be stored", error);
      setProblem(t("journal.draft_failed"));
    } finally {
      sending.current = false;
    }
  }

  return (
    <div class="stack" data-testid="feedback-edit-form">
      <VerdictChoice chosen={verdict} onChoose={setVerdict} name={`verdict-${thread.feedback}`} />
      <TextArea
        id={id}
        data-testid="feedback-edit-text"
        label={t("review.comment")}
        rows={4}
        maxLength={COMMENT_TEXT_CHARACTERS_MAX}
        value={text}
        onInput={(words) => {
          change(words);
          setProblem(undefined);
        }}
        error={problem}
      />
      <div class="row">
        <Button onClick={() => void save()} data-testid="feedback-edit-save">
          {t("review.edit_save")}
        </Button>
        <Button look="plain" onClick={onDone}>
          {t("review.edit_cancel")}
        </Button>
      </div>
    </div>
  );
}
