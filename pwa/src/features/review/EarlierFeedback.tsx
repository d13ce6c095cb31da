/** What this mentor (and others) answered before about the entry, where each answer is, and what the teacher said to it. */
import { sayWhen } from "../../i18n/moments.ts";
import { t } from "../../i18n/messages.ts";
import { Status } from "../../ui/Status.tsx";
import type { TeacherEntryView } from "../../use-cases/caseload.ts";
import type { FeedbackThread } from "../../use-cases/feedback.ts";

export function EarlierFeedback({ entry, me, nowMs }: { entry: TeacherEntryView; me: string; nowMs: number }) {
  if (entry.feedback.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("review.earlier")}</h2>
      <ul class="stack">
        {entry.feedback.map((thread) => (
          <Thread key={`${thread.byPerson} ${thread.feedback}`} entry={entry} thread={thread} mine={thread.byPerson === me} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

interface ThreadProps {
  entry: TeacherEntryView;
  thread: FeedbackThread;
  mine: boolean;
  nowMs: number;
}

function Thread({ entry, thread, mine, nowMs }: ThreadProps) {
  return (
    <li class="card" data-testid="feedback-item" data-feedback={thread.feedback} data-verdict={thread.verdict} data-state={thread.delivery}>
      <div class="row">
        <Status tone={thread.verdict === "accept" ? "pine" : "amber"} icon={thread.verdict === "accept" ? "check" : "chat"}>
          {t(`verdict.${thread.verdict}`)}
        </Status>
        <span class="small quiet">{`${mine ? t("messages.you") : thread.byName} · ${sayWhen(thread.givenMs, nowMs)}`}</span>
        {mine && <Sent thread={thread} />}
      </div>
      {thread.paragraph !== undefined && <p class="small quiet">{t("review.on_paragraph", { number: thread.paragraph + 1 })}</p>}
      {thread.text !== "" && (
        <p class="words" dir="auto">
          {thread.text}
        </p>
      )}
      {thread.olderVersion && <p class="small quiet">{t("feedback.older_version")}</p>}
      {thread.answers.map((answer) => (
        <div key={`${answer.atMs} ${answer.text}`} class="answer">
          <p class="small quiet">{`${entry.teacherName} · ${sayWhen(answer.atMs, nowMs)}`}</p>
          <p class="words" dir="auto">
            {answer.text}
          </p>
        </div>
      ))}
    </li>
  );
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
    case "received":
      return (
        <Status tone="pine" icon="check">
          {t("review.sent_received")}
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
