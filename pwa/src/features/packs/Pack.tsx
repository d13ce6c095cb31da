/** A pack's own page: its lessons with what was done of each, and the care of its place on the phone. */
import { live } from "../../db/live.ts";
import { sayBytes } from "../../i18n/amounts.ts";
import { sayPercent } from "../../i18n/money.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Status } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { installPack, removePack, removePackMedia } from "../../use-cases/install-pack.ts";
import { type LessonLink, type PackDetail, readPack } from "../../use-cases/read-pack.ts";
import type { Session } from "../../use-cases/session.ts";
import { PackCard } from "./PackCard.tsx";

export function Pack({ session, params }: { session: Session; params: Readonly<Record<string, string>> }) {
  const slug = params.pack ?? "";
  const shown = language.value;
  const pack = useLive(
    () => live(["rows", "packs", "downloads", "events", "pulled"], () => readPack(session, slug, shown)),
    [session, slug, shown],
  );
  if (pack === undefined) return <Opening label={t("app.loading")} />;
  if (pack === null) {
    return (
      <Screen title={t("missing.title")}>
        <p>{t("pack.missing")}</p>
        <ButtonLink href="/learn">{t("pack.to_learn")}</ButtonLink>
      </Screen>
    );
  }
  return (
    <Screen title={pack.title}>
      <PackCard session={session} pack={pack} />
      <Lessons pack={pack} />
      {pack.installedVersion !== undefined && <Care session={session} pack={pack} />}
      <p class="small quiet">
        {[t("pack.version", { version: pack.installedVersion ?? pack.version }), pack.authors.join("、"), pack.licence]
          .filter((part) => part !== "")
          .join(" · ")}
      </p>
    </Screen>
  );
}

function Lessons({ pack }: { pack: PackDetail }) {
  if (pack.lessons.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("pack.lessons")}</h2>
      <List>
        {pack.lessons.map((lesson, index) => (
          <ListRow
            key={lesson.lesson}
            href={`/learn/${pack.slug}/${lesson.lesson}`}
            title={lesson.title}
            data-testid="lesson-link"
            data-lesson={lesson.lesson}
            data-state={lesson.finished ? "finished" : lesson.opened ? "opened" : "new"}
          >
            <span class="row small quiet">
              <span>{t("lesson.number", { number: index + 1 })}</span>
              <span>{t("unit.minutes", { count: lesson.minutes })}</span>
              <LessonState lesson={lesson} />
            </span>
          </ListRow>
        ))}
      </List>
    </section>
  );
}

function LessonState({ lesson }: { lesson: LessonLink }) {
  return (
    <>
      {lesson.finished ? (
        <Status tone="pine" icon="check">
          {t("lesson.finished")}
        </Status>
      ) : lesson.opened ? (
        <Status icon="clock">{t("lesson.started")}</Status>
      ) : null}
      {lesson.attemptOpen ? (
        <Status icon="clock">{t("lesson.quiz_open")}</Status>
      ) : lesson.bestScore !== undefined ? (
        <Status>{t("lesson.quiz_best", { percent: sayPercent(lesson.bestScore) })}</Status>
      ) : null}
    </>
  );
}

function Care({ session, pack }: { session: Session; pack: PackDetail }) {
  const text = pack.prices.find(({ tier }) => tier === "text");
  const pictures = pack.prices.find(({ tier }) => tier === "pictures");
  return (
    <section class="section">
      <h2>{t("pack.manage")}</h2>
      <div class="row">
        {pack.tier === "text" && pack.state === "installed" && text !== undefined && pictures !== undefined && (
          <Button look="plain" icon="download" onClick={() => void installPack(session, pack.slug, "pictures")}>
            {t("pack.add_pictures", {
              size: sayBytes(pictures.bytes - text.bytes),
            })}
          </Button>
        )}
        {pack.tier === "pictures" && (
          <Button look="plain" icon="trash" onClick={() => void removePackMedia(session, pack.slug)}>
            {t("pack.remove_media")}
          </Button>
        )}
        <Confirm
          label={t("pack.remove")}
          icon="trash"
          question={t("pack.remove_confirm")}
          yes={t("pack.remove_yes")}
          no={t("pack.remove_no")}
          onYes={() => void removePack(session, pack.slug)}
        />
      </div>
    </section>
  );
}
