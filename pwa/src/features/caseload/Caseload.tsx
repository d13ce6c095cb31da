/** The mentor's teachers, ordered by need, each with the reason in words. */
import { live } from "../../db/live.ts";
import { language } from "../../i18n/language.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { tKnown } from "../../i18n/known.ts";
import { type MessageKey, t } from "../../i18n/messages.ts";
import { Empty } from "../../ui/Empty.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import type { IconName } from "../../ui/Icon.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Status, type Tone } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { readCaseload, type TeacherView } from "../../use-cases/caseload.ts";
import type { Session } from "../../use-cases/session.ts";
import { syncState } from "../../use-cases/sync-now.ts";

const FALLBACK: MessageKey = "need.on_track";

export function Caseload({ session }: { session: Session }) {
  const shown = language.value;
  const teachers = useLive(() => live(["events", "pulled", "rows", "packs"], () => readCaseload(session, shown)), [session, shown]);
  if (teachers === undefined) return <Opening label={t("app.loading")} />;
  const nowMs = session.app.ports.clock.nowMs();
  const { lastSyncMs } = syncState(session).value;
  return (
    <Screen title={t("caseload.title")} under={teachers.length > 1 ? <p class="quiet">{t("caseload.order")}</p> : undefined}>
      {teachers.length === 0 ? (
        <Empty title={t("caseload.empty_title")} text={t("caseload.empty_text")}>
          <ButtonLink href="/me/sync">{t("learn.empty_action")}</ButtonLink>
        </Empty>
      ) : (
        <List label={t("caseload.title")}>
          {teachers.map((teacher) => (
            <TeacherRow key={teacher.person} teacher={teacher} nowMs={nowMs} />
          ))}
        </List>
      )}
      {lastSyncMs !== undefined && <p class="small quiet">{t("caseload.as_of", { time: sayWhen(lastSyncMs, nowMs) })}</p>}
    </Screen>
  );
}

function TeacherRow({ teacher, nowMs }: { teacher: TeacherView; nowMs: number }) {
  return (
    <ListRow
      href={`/teachers/${teacher.person}`}
      title={teacher.name}
      data-testid="teacher-row"
      data-person={teacher.person}
      data-need={teacher.need.reasonKey}
      data-waiting={teacher.entriesWaiting}
    >
      <NeedStatus teacher={teacher} />
      <span class="small quiet">
        {[
          teacher.entriesWaiting > 0 ? t("caseload.entries_waiting", { count: teacher.entriesWaiting }) : "",
          teacher.messagesWaiting > 0 ? t("teacher.messages_waiting", { count: teacher.messagesWaiting }) : "",
          teacher.organisation,
          teacher.lastActiveMs === undefined
            ? t("caseload.never_active")
            : t("caseload.last_active", {
                time: sayWhen(teacher.lastActiveMs, nowMs),
              }),
        ]
          .filter((part) => part !== "")
          .join(" · ")}
      </span>
    </ListRow>
  );
}

export function NeedStatus({ teacher }: { teacher: TeacherView }) {
  const { tone, icon } = lookOf(teacher);
  return (
    <Status tone={tone} icon={icon}>
      {tKnown(teacher.need.reasonKey, teacher.need.params, FALLBACK)}
    </Status>
  );
}

function lookOf({ need }: TeacherView): { tone: Tone; icon: IconName } {
  const kind = need.reasonKey.replace("need.", "");
  if (kind.startsWith("message")) return { tone: "ember", icon: "chat" };
  if (kind.startsWith("entry")) return { tone: "ember", icon: "journal" };
  if (kind === "on_track") return { tone: "pine", icon: "check" };
  return { tone: "amber", icon: kind === "low_scores" ? "bulb" : "clock" };
}
