/** One entry: its text (or its two versions, when two devices wrote at once), and the talk about it. */
import { live } from "../../db/live.ts";
import { dayOf, sayDay } from "../../i18n/dates.ts";
import { sayApart, sayMoment } from "../../i18n/moments.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { query } from "../../ui/location.ts";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type Doubts, readDoubts } from "../../use-cases/doubts.ts";
import { chooseHead, type EntryVersion, type EntryView, readEntry } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { Delivery } from "./Delivery.tsx";
import { EntryMedia } from "./EntryMedia.tsx";
import { FeedbackList } from "./FeedbackList.tsx";
import { MergeVersions } from "./MergeVersions.tsx";
import { useOnce } from "./use-once.ts";
import "./journal.css";

interface EntryProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

export function Entry({ session, params }: EntryProps) {
  const id = params.entry ?? "";
  const shown = language.value;
  const entry = useLive(() => live(["events", "pulled", "sync", "rows"], () => readEntry(session, id, shown)), [session, id, shown]);
  const doubts = useLive(() => live(["events", "pulled", "sync"], () => readDoubts(session, session.person.id)), [session]);
  if (entry === undefined) return <Opening label={t("app.loading")} />;
  if (entry === null) {
    return (
      <Screen title={t("journal.missing_title")}>
        <p>{t("journal.missing_text")}</p>
        <ButtonLink href="/journal">{t("journal.to_list")}</ButtonLink>
      </Screen>
    );
  }
  return <EntryPage session={session} entry={entry} doubts={doubts} />;
}

function EntryPage({ session, entry, doubts }: { session: Session; entry: EntryView; doubts: Doubts | undefined }) {
  const nowMs = session.app.ports.clock.nowMs();
  const [head, ...others] = entry.heads;
  const first = entry.versions[entry.versions.length - 1] ?? head;
  const written = sayWritten(entry.heads, nowMs);
  return (
    <Screen
      title={t("journal.entry_title", {
        day: sayDay(dayOf(first?.savedMs ?? nowMs)),
      })}
      under={
        <p class="small quiet">
          {[
            t(entry.versions.length > 1 ? "journal.changed" : "journal.written", {
              time: sayMoment(head?.savedMs ?? nowMs, nowMs),
            }),
            entry.lessonTitle === undefined ? "" : t("journal.from_lesson", { title: entry.lessonTitle }),
          ]
            .filter((part) => part !== "")
            .join(" · ")}
        </p>
      }
    >
      {entry.heads.some(({ savedMs }) => doubts?.has(session.person.id, savedMs)) && (
        <Doubtful mark={t("doubtful.mark")} why={t("doubtful.why")} />
      )}
      {query("saved") !== undefined && head?.delivery === "waiting" && (
        <Notice tone="pine" icon="check">
          <p>{t("journal.saved")}</p>
        </Notice>
      )}
      {others.length > 0 && (
        <Notice tone="amber" icon="alert">
          <strong>{t("journal.two_versions")}</strong>
          <p>{t("journal.two_versions_text")}</p>
        </Notice>
      )}
      {entry.prompt !== undefined && entry.prompt !== "" && (
        <p class="prompt quiet" dir="auto">
          {entry.prompt}
        </p>
      )}
      {entry.merge !== null && <MergeVersions key={entry.merge.parents.join()} session={session} merge={entry.merge} written={written} />}
      {entry.heads.map((version) => (
        <Version
          key={version.ver}
          session={session}
          entry={entry}
          version={version}
          written={others.length > 0 ? written.get(version.ver) : undefined}
        />
      ))}
      {others.length === 0 && (
        <div class="row">
          <ButtonLink look="plain" icon="pencil" href={`/journal/${entry.entry}/edit`} data-testid="journal-edit">
            {t("journal.edit")}
          </ButtonLink>
          {entry.versions.length > 1 && <span class="small quiet">{t("journal.versions", { count: entry.versions.length - 1 })}</span>}
        </div>
      )}
      <FeedbackList session={session} entry={entry} doubts={doubts} nowMs={nowMs} />
    </Screen>
  );
}

interface VersionProps {
  session: Session;
  entry: EntryView;
  version: EntryVersion;
  /** Two are shown, and each can be chosen: when and where this one was written. */
  written: string | undefined;
}

/** By version, each otherwise than the others. */
function sayWritten(heads: readonly EntryVersion[], nowMs: number): ReadonlyMap<string, string> {
  const times = sayApart(
    heads.map(({ savedMs }) => savedMs),
    nowMs,
  );
  return new Map(
    heads.map(({ ver, here }, index) => [
      ver,
      t(here ? "journal.written_here" : "journal.written_elsewhere", { time: times[index] ?? "" }),
    ]),
  );
}

function Version({ session, entry, version, written }: VersionProps) {
  const { problem, run } = useOnce();
  const choice = written !== undefined;
  return (
    <article
      class="card"
      data-testid={choice ? "entry-version" : "journal-entry"}
      data-entry={entry.entry}
      data-ver={version.ver}
      data-state={version.delivery}
    >
      {choice && <p class="small quiet">{t("journal.version_of", { time: written })}</p>}
      <p class="words entry-text" dir="auto">
        {version.text}
      </p>
      <EntryMedia session={session} blobs={version.blobs} />
      <div class="row">
        <Delivery delivery={version.delivery} />
      </div>
      {choice && (
        <Button look="plain" onClick={() => void run(() => chooseHead(session, entry.entry, version.ver))} data-testid="choose-version">
          {t("journal.choose")}
        </Button>
      )}
      {problem && (
        <p class="error" role="alert">
          {t("journal.not_chosen")}
        </p>
      )}
    </article>
  );
}
