/**
 * What now? One card with the next step and its minutes; below it what waits: an answer, a date, a pack. Never a feed.
 * Owns the words of the steps; `readToday` chooses them.
 */
import { live } from "../../db/live.ts";
import { sayBytes } from "../../i18n/amounts.ts";
import { dayOf, sayDay, sayToday } from "../../i18n/dates.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Status } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import type { FeedbackItem } from "../../use-cases/feedback.ts";
import { offered, type PackView } from "../../use-cases/read-catalogue.ts";
import { type DueAssignment, readToday } from "../../use-cases/read-today.ts";
import type { Session } from "../../use-cases/session.ts";
import { syncState } from "../../use-cases/sync-now.ts";
import { stepWords } from "./step-words.ts";
import "./today.css";

export function Today({ session }: { session: Session }) {
  const shown = language.value;
  const view = useLive(
    () => live(["events", "pulled", "rows", "packs", "downloads", "drafts", "places"], () => readToday(session, shown)),
    // What can be done depends on the network, and the chip's state changes with it.
    [session, shown, syncState(session).value.chip],
  );
  if (view === undefined) return <Opening label={t("app.loading")} />;
  // A mentor is given the class's packs too, but nobody waits for them to study.
  const studies = session.person.roles.includes("teacher");
  const today = sayToday(session.app.ports.clock.nowMs());
  return (
    <Screen title={t("nav.today")} over={<p class="quiet">{t("today.greeting", { name: session.person.name, day: today })}</p>}>
      <NextCard session={session} step={view.next} />
      <FeedbackSection items={view.feedbackWaiting} />
      {studies && <DueSection items={view.dueAssignments} />}
      {studies && <PacksSection packs={view.packsToInstall} except={view.next?.kind === "install-pack" ? view.next.pack : undefined} />}
      {view.inboxUnread > 0 && (
        <List>
          <ListRow href="/inbox" icon="inbox" title={t("today.inbox", { count: view.inboxUnread })} />
        </List>
      )}
    </Screen>
  );
}

function NextCard({ session, step }: { session: Session; step: Parameters<typeof stepWords>[0] | null }) {
  if (step === null) return <NothingNext session={session} />;
  const words = stepWords(step);
  return (
    <section class="coal" aria-label={t("today.next")} data-testid="next-step" data-kind={step.kind}>
      <p class="coal-over">
        <span>{t("today.next")}</span>
        {words.amount !== undefined && <span class="coal-amount">{words.amount}</span>}
      </p>
      <div class="stack-tight">
        <h2 class="coal-title" dir="auto">
          {words.title}
        </h2>
        {words.text !== undefined && (
          <p class="coal-text clamp-2" dir="auto">
            {words.text}
          </p>
        )}
      </div>
      <ButtonLink wide href={words.href}>
        {words.action}
      </ButtonLink>
    </section>
  );
}

function NothingNext({ session }: { session: Session }) {
  const state = syncState(session).value;
  const fetching = state.running && state.lastSyncMs === undefined;
  return (
    <section class="coal" aria-label={t("today.next")}>
      <div class="stack-tight" role="status">
        <h2 class="coal-title" dir="auto">
          {fetching ? t("today.fetching_title") : t("today.done_title")}
        </h2>
        <p class="coal-text">{fetching ? t("today.fetching_text") : t("today.done_text")}</p>
      </div>
      {!fetching && (
        <ButtonLink wide href="/learn">
          {t("today.done_action")}
        </ButtonLink>
      )}
    </section>
  );
}

function FeedbackSection({ items }: { items: FeedbackItem[] }) {
  if (items.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("today.feedback")}</h2>
      <List>
        {items.map((item) => (
          <ListRow
            key={item.feedback}
            href={`/journal/${item.entry}`}
            icon="chat"
            title={`${item.byName} · ${t(`verdict.${item.verdict}`)}`}
            data-testid="feedback-item"
            data-feedback={item.feedback}
          >
            <span class="small quiet clamp-2" dir="auto">
              {item.text}
            </span>
            <span class="small quiet clamp-2" dir="auto">
              {sayDay(dayOf(item.atMs)) + (item.about && ` · ${item.about}`)}
            </span>
          </ListRow>
        ))}
      </List>
    </section>
  );
}

function DueSection({ items }: { items: DueAssignment[] }) {
  if (items.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("today.due")}</h2>
      <List>
        {items.map((item) => (
          <ListRow key={item.pack} href={`/learn/${item.pack}`} icon="clock" title={item.title}>
            <span class="row">
              <Status tone={item.daysLeft <= 1 ? "amber" : "ash"}>{dueWords(item)}</Status>
              <span class="small quiet">
                {t("pack.progress", {
                  done: item.lessonsDone,
                  total: item.lessonsTotal,
                })}
              </span>
            </span>
          </ListRow>
        ))}
      </List>
    </section>
  );
}

function dueWords({ daysLeft, dueDay }: DueAssignment): string {
  if (daysLeft < 0) return t("due.past", { day: sayDay(dueDay) });
  if (daysLeft === 0) return t("due.today");
  if (daysLeft === 1) return t("due.tomorrow");
  return t("due.in_days", { count: daysLeft });
}

function PacksSection({ packs, except }: { packs: PackView[]; except: string | undefined }) {
  const others = packs.filter((pack) => pack.slug !== except);
  if (others.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("today.packs")}</h2>
      <List>
        {others.map((pack) => {
          const price = offered(pack);
          return (
            <ListRow key={pack.slug} href={`/learn/${pack.slug}`} icon="download" title={pack.title}>
              <span class="small quiet">{price ? sayBytes(price.bytes) : pack.summary}</span>
            </ListRow>
          );
        })}
      </List>
    </section>
  );
}
