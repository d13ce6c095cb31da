/** Reading a teacher's entry and answering it: a view, words, perhaps on one paragraph. Works with no network. */
import { useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayApart } from "../../i18n/moments.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { readTeacherEntry, type TeacherEntryView } from "../../use-cases/caseload.ts";
import { type Doubts, readDoubts } from "../../use-cases/doubts.ts";
import type { Session } from "../../use-cases/session.ts";
import { AfterSending } from "./AfterSending.tsx";
import { EarlierFeedback } from "./EarlierFeedback.tsx";
import { EntryMedia } from "./EntryMedia.tsx";
import { ReviewForm } from "./ReviewForm.tsx";
import { useReviewChoice } from "./use-review-choice.ts";
import "./review.css";

interface ReviewProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

export function Review({ session, params }: ReviewProps) {
  const { person = "", entry: id = "" } = params;
  const shown = language.value;
  const entry = useLive(
    () => live(["events", "pulled", "rows", "sync"], () => readTeacherEntry(session, person, id, shown)),
    [session, person, id, shown],
  );
  const doubts = useLive(() => live(["events", "pulled", "sync"], () => readDoubts(session, person)), [session, person]);
  if (entry === undefined) return <Opening label={t("app.loading")} />;
  const head = entry?.heads[0];
  if (entry === null || head === undefined) {
    return (
      <Screen title={t("journal.missing_title")}>
        <p>{t("teacher.missing_text")}</p>
        <ButtonLink href={`/teachers/${person}`}>{t("app.back")}</ButtonLink>
      </Screen>
    );
  }
  return <ReviewPage session={session} entry={entry} ver={head.ver} doubts={doubts} />;
}

interface ReviewPageProps {
  session: Session;
  entry: TeacherEntryView;
  ver: string;
  doubts: Doubts | undefined;
}

function isInDoubt({ heads, teacher }: TeacherEntryView, doubts: Doubts | undefined): boolean {
  return heads.some(({ savedMs }) => doubts?.has(teacher, savedMs));
}

function ReviewPage({ session, entry, ver, doubts }: ReviewPageProps) {
  const place = `review:${entry.teacher}/${entry.entry}`;
  const choice = useReviewChoice(session, place, ver);
  const { paragraph, choose } = choice;
  const [sent, setSent] = useState(false);
  const nowMs = session.app.ports.clock.nowMs();
  const [written = "", ...others] = sayApart(
    entry.heads.map(({ savedMs }) => savedMs),
    nowMs,
  );
  const shownParagraph = paragraph !== undefined && paragraph < entry.paragraphs.length ? paragraph : undefined;
  return (
    <Screen
      title={t("review.title", { name: entry.teacherName })}
      under={
        <p class="small quiet">
          {[
            t("review.written", { time: written }),
            entry.lessonTitle === undefined ? "" : t("journal.from_lesson", { title: entry.lessonTitle }),
          ]
            .filter((part) => part !== "")
            .join(" · ")}
        </p>
      }
    >
      {isInDoubt(entry, doubts) && <Doubtful mark={t("doubtful.mark")} why={t("doubtful.why")} />}
      {entry.prompt !== undefined && entry.prompt !== "" && <p class="small quiet">{entry.prompt}</p>}
      {entry.heads.some(({ delivery }) => delivery === "at_hub") && (
        <div data-testid="provisional">
          <Notice tone="amber" icon="info">
            <p>{t("review.at_hub")}</p>
          </Notice>
        </div>
      )}
      {entry.heads.length > 1 && (
        <Notice tone="amber" icon="info">
          <p>{t("review.two_versions")}</p>
        </Notice>
      )}
      <section class="card" data-testid="entry-text" data-ver={ver}>
        <div class="paragraphs">
          {entry.paragraphs.map((text, index) => (
            <Paragraph
              key={`${ver} ${index}`}
              text={text}
              number={index + 1}
              chosen={index === shownParagraph}
              onTap={() => choose({ paragraph: index === shownParagraph ? undefined : index })}
            />
          ))}
        </div>
        <EntryMedia session={session} teacher={entry.teacher} blobs={entry.heads[0]?.blobs ?? []} />
        {entry.paragraphs.length > 1 && <p class="small quiet">{t("review.pick_paragraph")}</p>}
      </section>
      {entry.heads.slice(1).map((other, index) => (
        <section key={other.ver} class="card" data-testid="entry-other-version" data-ver={other.ver}>
          <p class="small quiet">{t("review.other_version", { time: others[index] ?? "" })}</p>
          <p class="words" dir="auto">
            {other.text}
          </p>
        </section>
      ))}
      <EarlierFeedback session={session} entry={entry} doubts={doubts} nowMs={nowMs} />
      {sent ? (
        <AfterSending session={session} teacherName={entry.teacherName} kept={isKept(session, entry)} onMore={() => setSent(false)} />
      ) : (
        <ReviewForm
          key={ver}
          session={session}
          entry={entry}
          ver={ver}
          place={place}
          choice={{ ...choice, paragraph: shownParagraph }}
          onSent={() => setSent(true)}
        />
      )}
    </Screen>
  );
}

/** Whether what this mentor sent last was left standing. */
function isKept(session: Session, entry: TeacherEntryView): boolean {
  const mine = entry.feedback.filter(({ byPerson }) => byPerson === session.person.id);
  return mine.sort((left, right) => right.givenMs - left.givenMs)[0]?.withdrawn !== true;
}

function Paragraph({ text, number, chosen, onTap }: { text: string; number: number; chosen: boolean; onTap: () => void }) {
  return (
    <button
      type="button"
      class={chosen ? "paragraph paragraph-on" : "paragraph"}
      aria-pressed={chosen}
      onClick={onTap}
      data-testid="paragraph"
      data-paragraph={number - 1}
    >
      <span class="words" dir="auto">
        {text}
      </span>
    </button>
  );
}
