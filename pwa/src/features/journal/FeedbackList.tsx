/** The mentor's words about an entry, and the teacher's answers. Opening the page counts as reading. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { COMMENT_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import type { IconName } from "../../ui/Icon.tsx";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { Status, type Tone } from "../../ui/Status.tsx";
import { useKeptText } from "../../ui/use-kept-text.ts";
import type { Doubts } from "../../use-cases/doubts.ts";
import { answerFeedback, markRead } from "../../use-cases/comments.ts";
import { type FeedbackThread, type Verdict } from "../../use-cases/feedback.ts";
import type { EntryView } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { UnsentWords } from "../../use-cases/unsent-words.ts";
import { Delivery } from "./Delivery.tsx";

const VERDICTS: Record<Verdict, { tone: Tone; icon: IconName }> = {
  accept: { tone: "pine", icon: "check" },
  revise: { tone: "amber", icon: "pencil" },
  talk: { tone: "amber", icon: "chat" },
  comment: { tone: "ash", icon: "chat" },
};

interface FeedbackListProps {
  session: Session;
  entry: EntryView;
  doubts: Doubts | undefined;
  nowMs: number;
}

export function FeedbackList({ session, entry, doubts, nowMs }: FeedbackListProps) {
  return (
    <section class="section">
      <h2>{t("feedback.title")}</h2>
      {entry.feedback.length === 0 ? (
        <p class="quiet">{t("feedback.none")}</p>
      ) : (
        <ul class="stack">
          {entry.feedback.map((thread) => (
            <Thread
              key={`${thread.byPerson} ${thread.feedback}`}
              session={session}
              entry={entry}
              thread={thread}
              doubts={doubts}
              nowMs={nowMs}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface ThreadProps extends FeedbackListProps {
  thread: FeedbackThread;
}

function Thread({ session, entry, thread, doubts, nowMs }: ThreadProps) {
  const { tone, icon } = VERDICTS[thread.verdict];
  const mine = thread.byPerson === session.person.id;
  useEffect(() => {
    if (!thread.read && !mine) void markRead(session, thread.feedback);
  }, [thread.feedback, thread.read]);
  return (
    <li
      class="card feedback"
      data-testid="feedback-item"
      data-feedback={thread.feedback}
      data-verdict={thread.verdict}
      data-delivery={thread.delivery}
      data-changed={thread.changedMs !== undefined}
      data-withdrawn={thread.withdrawn}
    >
      <div class="row">
        <Status tone={tone} icon={icon}>
          {t(`verdict.${thread.verdict}`)}
        </Status>
        <span class="small quiet">
          {t("feedback.by", {
            name: thread.byName,
            time: sayWhen(thread.givenMs, nowMs),
          })}
        </span>
        {doubts?.has(thread.byPerson, thread.givenMs) && <Doubtful mark={t("doubtful.mark")} why={t("doubtful.why")} />}
        {thread.delivery === "at_hub" && <Delivery delivery={thread.delivery} />}
      </div>
      {thread.paragraph !== undefined && <Quoted entry={entry} thread={thread} />}
      {thread.withdrawn && <p class="quiet">{t("feedback.withdrawn_text", { name: thread.byName })}</p>}
      {thread.changedMs !== undefined && !thread.withdrawn && (
        <Status icon="pencil">{t("feedback.changed", { time: sayWhen(thread.changedMs, nowMs) })}</Status>
      )}
      {thread.text !== "" && !thread.withdrawn && (
        <p class="words" dir="auto">
          {thread.text}
        </p>
      )}
      {thread.olderVersion && <p class="small quiet">{t("feedback.older_version")}</p>}
      {thread.answers.map((answer) => (
        <div key={`${answer.atMs} ${answer.text}`} class="answer">
          <p class="row small quiet">
            <span>{t("feedback.answered_by_you", { time: sayWhen(answer.atMs, nowMs) })}</span>
            {doubts?.has(session.person.id, answer.atMs) && <Doubtful mark={t("doubtful.mark")} />}
            <Delivery delivery={answer.delivery} />
          </p>
          <p class="words" dir="auto">
            {answer.text}
          </p>
        </div>
      ))}
      <Answer session={session} entry={entry} thread={thread} />
    </li>
  );
}

/** A later "accepted" takes the request back. */
function isAccepted(entry: EntryView, { givenMs }: FeedbackThread): boolean {
  return entry.feedback.some((later) => later.verdict === "accept" && later.givenMs > givenMs);
}

/** The paragraph that is meant, as it stood in the version the mentor had read. */
function Quoted({ entry, thread }: { entry: EntryView; thread: FeedbackThread }) {
  const version = entry.versions.find(({ ver }) => ver === thread.ver);
  const paragraph = version?.text.split(/\n+/).filter((line) => line.trim() !== "")[thread.paragraph ?? -1];
  if (paragraph === undefined) return null;
  return (
    <blockquote class="quoted">
      <p class="small">{t("feedback.on_paragraph")}</p>
      <p class="clamp-2" dir="auto">
        {paragraph}
      </p>
    </blockquote>
  );
}

function Answer({ session, entry, thread }: { session: Session; entry: EntryView; thread: FeedbackThread }) {
  const id = `answer:${thread.feedback}`;
  const [open, setOpen] = useState(false);
  const sending = useRef(false);
  const unsent = useMemo(() => new UnsentWords(session, id), []);
  const { text, change, settle, sent } = useKeptText(unsent);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (open) document.getElementById(id)?.focus();
  }, [open]);

  async function send(): Promise<void> {
    if (text.trim() === "" || sending.current) return;
    sending.current = true;
    try {
      await settle();
      const result = await answerFeedback(session, thread.feedback, text, unsent);
      if (!result.ok) return setProblem(t("review.too_long"));
      announce(t("journal.saved"));
      setOpen(sent(text));
    } catch (error) {
      console.error("an answer could not be stored", error);
      setProblem(t("journal.draft_failed"));
    } finally {
      sending.current = false;
    }
  }

  if (!open) {
    return (
      <div class="row">
        {thread.verdict === "revise" && !isAccepted(entry, thread) && (
          <ButtonLink look="plain" icon="pencil" href={`/journal/${entry.entry}/edit`}>
            {t("feedback.revise")}
          </ButtonLink>
        )}
        <Button look="plain" icon="chat" expanded={false} onClick={() => setOpen(true)} data-testid="feedback-answer">
          {t("feedback.answer")}
        </Button>
      </div>
    );
  }
  return (
    <div class="stack">
      <TextArea
        id={id}
        data-testid="feedback-answer-text"
        label={t("feedback.answer_label")}
        value={text}
        onInput={change}
        maxLength={COMMENT_TEXT_CHARACTERS_MAX}
        error={problem}
      />
      <Button disabled={text.trim() === ""} onClick={() => void send()} data-testid="feedback-answer-send">
        {t("feedback.answer_send")}
      </Button>
    </div>
  );
}
