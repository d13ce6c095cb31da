/** All entries, newest first; what was begun and not saved stands on top. */
import { useEffect } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayErasures } from "../../i18n/erasure-words.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { Empty } from "../../ui/Empty.tsx";
import { ErasedList } from "../../ui/ErasedList.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Status } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { keepLeftAside } from "../../use-cases/aside-words.ts";
import { readDoubts } from "../../use-cases/doubts.ts";
import type { Draft } from "../../use-cases/drafts.ts";
import { type ErasureItem, readErasures } from "../../use-cases/erasures.ts";
import { listDrafts } from "../../use-cases/list-drafts.ts";
import { type EntrySummary, listEntries } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { Delivery } from "./Delivery.tsx";
import "./journal.css";

export function Journal({ session }: { session: Session }) {
  const shown = language.value;
  useEffect(() => {
    keepLeftAside(session).catch((error: unknown) => console.error("what was left of quizzes was not looked for", error));
  }, [session]);
  const entries = useLive(() => live(["events", "pulled", "sync"], () => listEntries(session, shown)), [session, shown]);
  const doubts = useLive(() => live(["events", "pulled", "sync"], () => readDoubts(session, session.person.id)), [session]);
  const drafts = useLive(() => live(["drafts"], () => listDrafts(session)), [session]);
  const erased = useLive(() => live(["rows"], () => readOwnErasures(session)), [session]) ?? [];
  if (entries === undefined || drafts === undefined) return <Opening label={t("app.loading")} />;
  const begun = drafts.filter((draft) => draft.text.trim() !== "" || draft.blobs !== undefined);
  const nowMs = session.app.ports.clock.nowMs();
  return (
    <Screen title={t("journal.title")}>
      {entries.length === 0 && begun.length === 0 && <Empty title={t("journal.empty_title")} text={t("journal.empty_text")} />}
      {begun.length > 0 && (
        <section class="section">
          <h2>{t("journal.drafts")}</h2>
          <List>
            {begun.map((draft) => (
              <DraftRow key={draft.draft} draft={draft} nowMs={nowMs} />
            ))}
          </List>
        </section>
      )}
      {entries.length > 0 && (
        <List label={t("journal.title")}>
          {entries.map((entry) => (
            <EntryRow key={entry.entry} entry={entry} doubtful={doubts?.has(session.person.id, entry.changedMs) === true} nowMs={nowMs} />
          ))}
        </List>
      )}
      <ErasedList title={t("erased.title")} text={t("erased.text")} items={sayErasures(erased, nowMs)} />
      <div class="dock">
        <ButtonLink wide icon="plus" href="/journal/new" data-testid="journal-new">
          {t("journal.new")}
        </ButtonLink>
      </div>
    </Screen>
  );
}

async function readOwnErasures(session: Session): Promise<ErasureItem[]> {
  return (await readErasures(session)).filter(({ own }) => own);
}

function DraftRow({ draft, nowMs }: { draft: Draft; nowMs: number }) {
  return (
    <ListRow
      href={`/journal/new?draft=${encodeURIComponent(draft.draft)}`}
      icon="pencil"
      title={
        <span class="clamp-2" dir="auto">
          {draft.text.trim() === "" ? t("media.only", { count: draft.blobs?.length ?? 0 }) : draft.text}
        </span>
      }
      data-testid="journal-draft"
      data-draft={draft.draft}
    >
      <span class="small quiet">{sayWhen(draft.changedMs, nowMs)}</span>
    </ListRow>
  );
}

function EntryRow({ entry, doubtful, nowMs }: { entry: EntrySummary; doubtful: boolean; nowMs: number }) {
  return (
    <ListRow
      href={`/journal/${entry.entry}`}
      title={
        <span class="clamp-2" dir="auto">
          {entry.excerpt === "" ? t("media.only", { count: entry.blobCount }) : entry.excerpt}
        </span>
      }
      data-testid="journal-entry"
      data-entry={entry.entry}
      data-state={entry.delivery}
    >
      <span class="row small quiet">
        <span>{sayWhen(entry.changedMs, nowMs)}</span>
        {doubtful && <Doubtful mark={t("doubtful.mark")} />}
        <Delivery delivery={entry.delivery} />
        {entry.blobCount > 0 && entry.excerpt !== "" && <Status icon="picture">{entry.blobCount}</Status>}
        {entry.twoVersions && (
          <Status tone="amber" icon="alert">
            {t("journal.two_versions")}
          </Status>
        )}
        {entry.feedbackCount > 0 && (
          <Status tone={entry.feedbackUnread > 0 ? "ember" : "ash"} icon="chat">
            {entry.lastVerdict === undefined ? t("journal.answered") : t(`verdict.${entry.lastVerdict}`)}
          </Status>
        )}
      </span>
    </ListRow>
  );
}
