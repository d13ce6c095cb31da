/** The person: who, where, with whom; and the doors to sync, inbox, settings and the other people of this phone. */
import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { live } from "../../db/live.ts";
import { dayOf, sayDay } from "../../i18n/dates.ts";
import { language } from "../../i18n/language.ts";
import { tKnown } from "../../i18n/known.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { navigate } from "../../ui/location.ts";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { useLive } from "../../ui/use-live.ts";
import { listInbox } from "../../use-cases/inbox.ts";
import { installApp, installOffered } from "../../use-cases/install-app.ts";
import type { Session } from "../../use-cases/session.ts";
import { type MeView, readMe } from "../../use-cases/read-me.ts";
import { listPeopleOnDevice, type PersonOnDevice } from "../../use-cases/sign-in.ts";
import { switchPerson } from "../../use-cases/switch-person.ts";
import { SafetyCopy } from "./SafetyCopy.tsx";
import "./me.css";

export function Me({ session }: { session: Session }) {
  const shown = language.value;
  const me = useLive(() => live(["rows", "events", "pulled"], () => readMe(session, shown)), [session, shown]);
  const people = useLive(() => live(["people", "events", "sync"], () => listPeopleOnDevice(session.app)), [session]);
  const inbox = useLive(() => live(["rows", "places"], () => listInbox(session)), [session]);
  if (me === undefined || people === undefined || inbox === undefined) return <Opening label={t("app.loading")} />;
  const unread = inbox.filter((item) => !item.read).length;
  return (
    <Screen title={t("me.title")}>
      <Card me={me} />
      <List>
        <ListRow
          href="/inbox"
          icon="inbox"
          title={t("inbox.title")}
          end={unread > 0 ? <span class="small me-count">{t("me.unread", { count: unread })}</span> : undefined}
        />
        {session.person.roles.includes("teacher") && (
          <ListRow href="/messages" icon="chat" title={t("me.messages")} data-testid="open-messages" />
        )}
        <ListRow href="/me/sync" icon="sync" title={t("sync.title")} />
        <ListRow href="/settings" icon="settings" title={t("settings.title")} data-testid="open-settings" />
      </List>
      <SafetyCopy session={session} />
      <Install session={session} />
      <People session={session} people={people} />
    </Screen>
  );
}

function Card({ me }: { me: MeView }) {
  const roles = me.roles.map((role) => tKnown(`role.${role}`, {}, "role.teacher")).join(" · ");
  return (
    <section class="card" data-testid="me-card">
      <div>
        <h2 class="me-name">{me.name}</h2>
        <p class="quiet">{[roles, me.organisation].filter((part) => part !== "").join(" · ")}</p>
      </div>
      {me.mentors.length > 0 && (
        <div class="small" data-testid="me-mentors">
          <span class="quiet">{t("me.mentor")}</span>
          {me.mentors.map(({ name, readsFromMs }) => (
            <p key={name} data-reads={readsFromMs === undefined ? "all" : "pairing"}>
              {readsFromMs === undefined
                ? t("me.mentor_reads_all", { name })
                : t("me.mentor_reads_from", { name, day: sayDay(dayOf(readsFromMs)) })}
            </p>
          ))}
        </div>
      )}
      {me.cohorts.length > 0 && (
        <p class="small">
          <span class="quiet">{t("me.cohort")} </span>
          {me.cohorts.join("、")}
        </p>
      )}
      {me.roles.includes("teacher") && (
        <dl class="figures">
          <Figure value={me.lessonsDone} label={t("me.lessons_done")} />
          <Figure value={me.quizzesDone} label={t("me.quizzes_done")} />
          <Figure value={me.entries} label={t("me.entries")} />
        </dl>
      )}
    </section>
  );
}

function Figure({ value, label }: { value: number; label: string }) {
  return (
    <div>
      <dt class="small quiet">{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Install({ session }: { session: Session }) {
  const offered: ReadonlySignal<boolean> = useMemo(() => installOffered(session.app), [session]);
  if (!offered.value) return null;
  return (
    <section class="card">
      <p>{t("me.install_text")}</p>
      <Button look="plain" icon="phone" onClick={() => void installApp(session.app)} data-testid="install-app">
        {t("me.install")}
      </Button>
    </section>
  );
}

function People({ session, people }: { session: Session; people: PersonOnDevice[] }) {
  return (
    <section class="section">
      <h2>{t("me.people")}</h2>
      <p class="small quiet">{t("me.people_note")}</p>
      <List>
        {people.map((one) => (
          <ListRow key={one.person} icon="me" title={one.name}>
            {one.person === session.person.id && <span class="small quiet">{t("me.current")}</span>}
            {one.person !== session.person.id && one.waiting > 0 && (
              <span class="small quiet">{t("chip.waiting", { count: one.waiting })}</span>
            )}
          </ListRow>
        ))}
      </List>
      <Button
        wide
        look="plain"
        icon="teachers"
        data-testid="person-switch"
        onClick={() => void switchPerson(session.app).then(() => navigate("/", "replace"))}
      >
        {t("me.switch")}
      </Button>
    </section>
  );
}
