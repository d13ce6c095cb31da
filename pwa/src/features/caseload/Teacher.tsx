/** One teacher as the mentor sees them: what is needed, the entries, what was learned. */
import { live } from "../../db/live.ts";
import { dayOf, sayDay } from "../../i18n/dates.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Status } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { readTeacher, type TeacherDetail } from "../../use-cases/caseload.ts";
import { type Doubts, readDoubts } from "../../use-cases/doubts.ts";
import type { EntrySummary } from "../../use-cases/journal.ts";
import { readsFrom } from "../../use-cases/mentors.ts";
import type { Session } from "../../use-cases/session.ts";
import { NeedStatus } from "./Caseload.tsx";
import { Progress } from "./Progress.tsx";

interface TeacherProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

export function Teacher({ session, params }: TeacherProps) {
  const person = params.person ?? "";
  const shown = language.value;
  const teacher = useLive(
    () => live(["events", "pulled", "rows", "packs", "downloads"], () => readTeacher(session, person, shown)),
    [session, person, shown],
  );
  const fromMs = useLive(() => live(["rows"], () => readsFrom(session, person)), [session, person]);
  const doubts = useLive(() => live(["events", "pulled", "sync"], () => readDoubts(session, person)), [session, person]);
  if (teacher === undefined) return <Opening label={t("app.loading")} />;
  if (teacher === null) {
    return (
      <Screen title={t("teacher.missing_title")}>
        <p>{t("teacher.missing_text")}</p>
        <ButtonLink href="/teachers">{t("caseload.title")}</ButtonLink>
      </Screen>
    );
  }
  const nowMs = session.app.ports.clock.nowMs();
  return (
    <Screen title={teacher.name} under={<p class="quiet">{teacher.organisation}</p>}>
      <section class="card">
        <NeedStatus teacher={teacher} />
        {teacher.goals !== "" && (
          <div>
            <h2 class="small quiet">{t("teacher.goals")}</h2>
            <p>{teacher.goals}</p>
          </div>
        )}
        {fromMs !== undefined && (
          <p class="small quiet" data-testid="reads-from">
            {t("teacher.reads_from", { day: sayDay(dayOf(fromMs)) })}
          </p>
        )}
        <ButtonLink look="plain" icon="chat" href={`/teachers/${teacher.person}/messages`} data-testid="teacher-messages">
          {teacher.messagesWaiting > 0 ? t("teacher.messages_waiting", { count: teacher.messagesWaiting }) : t("teacher.messages")}
        </ButtonLink>
      </section>
      <Entries teacher={teacher} doubts={doubts} nowMs={nowMs} />
      <Progress session={session} progress={teacher.progress} nowMs={nowMs} />
    </Screen>
  );
}

function Entries({ teacher, doubts, nowMs }: { teacher: TeacherDetail; doubts: Doubts | undefined; nowMs: number }) {
  return (
    <section class="section">
      <h2>{t("teacher.entries")}</h2>
      {teacher.entries.length === 0 ? (
        <p class="quiet">{t("teacher.no_entries")}</p>
      ) : (
        <List>
          {longestFirst(teacher.entries).map((entry) => (
            <EntryRow
              key={entry.entry}
              person={teacher.person}
              entry={entry}
              doubtful={doubts?.has(teacher.person, entry.changedMs) === true}
              nowMs={nowMs}
            />
          ))}
        </List>
      )}
    </section>
  );
}

/** What waits before what was answered, and of what waits the oldest, which has waited longest. */
function longestFirst(entries: EntrySummary[]): EntrySummary[] {
  const waiting = entries.filter(({ lastVerdict }) => lastVerdict === undefined);
  return [...waiting.reverse(), ...entries.filter(({ lastVerdict }) => lastVerdict !== undefined)];
}

interface EntryRowProps {
  person: string;
  entry: EntrySummary;
  doubtful: boolean;
  nowMs: number;
}

function EntryRow({ person, entry, doubtful, nowMs }: EntryRowProps) {
  const verdict = entry.lastVerdict;
  return (
    <ListRow
      href={`/teachers/${person}/${entry.entry}`}
      title={
        <span class="clamp-2" dir="auto">
          {entry.excerpt}
        </span>
      }
      data-testid="review-entry"
      data-entry={entry.entry}
      data-delivery={entry.delivery}
      data-state={verdict === undefined ? "waiting" : "answered"}
    >
      <span class="row small quiet">
        <span>{sayWhen(entry.changedMs, nowMs)}</span>
        {doubtful && <Doubtful mark={t("doubtful.mark")} />}
        {entry.delivery === "at_hub" && (
          <Status tone="amber" icon="clock">
            {t("review.from_hub")}
          </Status>
        )}
        {verdict === undefined ? (
          <Status tone="ember" icon="journal">
            {t("review.waiting")}
          </Status>
        ) : (
          <Status tone={verdict === "accept" ? "pine" : "ash"} icon={verdict === "accept" ? "check" : "chat"}>
            {t(`verdict.${verdict}`)}
          </Status>
        )}
      </span>
    </ListRow>
  );
}
