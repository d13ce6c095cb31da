/** What this mentor (and others) answered before about the entry, where each answer is, and what the teacher said to it. */
import { sayWhen } from "../../i18n/moments.ts";
import { t } from "../../i18n/messages.ts";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { Status } from "../../ui/Status.tsx";
import type { TeacherEntryView } from "../../use-cases/caseload.ts";
import type { Doubts } from "../../use-cases/doubts.ts";
import type { FeedbackThread } from "../../use-cases/feedback.ts";
import type { Session } from "../../use-cases/session.ts";
import { ChangeFeedback } from "./ChangeFeedback.tsx";

interface EarlierFeedbackProps {
  session: Session;
  entry: TeacherEntryView;
  doubts: Doubts | undefined;
  nowMs: number;
}

export function EarlierFeedback({ session, entry, doubts, nowMs }: EarlierFeedbackProps) {
  if (entry.feedback.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("review.earlier")}</h2>
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
    </section>
  );
}

interface ThreadProps extends EarlierFeedbackProps {
  thread: FeedbackThread;
}

function Thread({ session, entry, thread, doubts, nowMs }: ThreadProps) {
  const mine = thread.byPerson === session.person.id;
  return (
    <li
      class="card"
      data-testid="feedback-item"
      data-feedback={thread.feedback}
      data-verdict={thread.verdict}
      data-state={thread.delivery}
      data-changed={thread.changedMs !== undefined}
      data-withdrawn={thread.withdrawn}
    >
      <div class="row">
        <Status tone={thread.verdict === "accept" ? "pine" : "amber"} icon={thread.verdict === "accept" ? "check" : "chat"}>
          {t(`verdict.${thread.verdict}`)}
        </Status>
        <span class="small quiet">{`${mine ? t("messages.you") : thread.byName} · ${sayWhen(thread.givenMs, nowMs)}`}</span>
        {doubts?.has(thread.byPerson, thread.givenMs) && <Doubtful mark={t("doubtful.mark")} why={t("doubtful.why")} />}
        <Changed thread={thread} nowMs={nowMs} />
        {mine && <Sent thread={thread} />}
      </div>
      {thread.paragraph !== undefined && <p class="small quiet">{t("review.on_paragraph", { number: thread.paragraph + 1 })}</p>}
      {thread.text !== "" && !thread.withdrawn && (
        <p class="words" dir="auto">
          {thread.text}
        </p>
      )}
      {thread.olderVersion && <p class="small quiet">{t("feedback.older_version")}</p>}
      {thread.answers.map((answer) => (
        <div key={`${answer.atMs} ${answer.text}`} class="answer">
          <p class="row small quiet">
            <span>{`${entry.teacherName} · ${sayWhen(answer.atMs, nowMs)}`}</span>
            {doubts?.has(entry.teacher, answer.atMs) && <Doubtful mark={t("doubtful.mark")} />}
          </p>
          <p class="words" dir="auto">
            {answer.text}
          </p>
        </div>
      ))}
      {mine && <ChangeFeedback session={session} entry={entry} thread={thread} />}
    </li>
  );
}

/** That the words are not the first ones, or are not there any more. */
function Changed({ thread, nowMs }: { thread: FeedbackThread; nowMs: number }) {
  if (thread.withdrawn) return <Status>{t("feedback.withdrawn")}</Status>;
  if (thread.changedMs === undefined) return null;
  return <Status icon="pencil">{t("feedback.changed", { time: sayWhen(thread.changedMs, nowMs) })}</Status>;
}

function Sent({ thread }: { thread: FeedbackThread }) {
  if (thread.read) {
    return (
      <Status tone="pine" icon="check">
        {t("review.read_by")}
      </Status>
    );
  }
  switch (thread.delivery) {
    case "waiting":
      return (
        <Status tone="amber" icon="clock">
          {t("review.sent_waiting")}
        </Status>
      );
    case "at_hub":
      return (
        <Status tone="amber" icon="clock">
          {t("journal.at_hub")}
        </Status>
      );
    case "received":
      return (
        <Status tone="pine" icon="check">
          {t("review.sent_received")}
        </Status>
      );
    case "to_check":
      return (
        <Status tone="amber" icon="clock">
          {t("journal.to_check")}
        </Status>
      );
    case "set_aside":
      return (
        <Status tone="berry" icon="alert">
          {t("journal.set_aside")}
        </Status>
      );
  }
}
