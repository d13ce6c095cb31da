/**
 * The reader: one lesson from a verified pack, the place remembered, and at its end what to do with it. Owns the screen; the
 * text is shown as the pack holds it, since a pack is shown only after its signature and hashes were checked.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type LessonView, openLesson, type Place, readLesson, savePlace } from "../../use-cases/read-lesson.ts";
import type { Session } from "../../use-cases/session.ts";
import { AfterReading } from "./AfterReading.tsx";
import { LessonText } from "./LessonText.tsx";
import "./lesson.css";

interface LessonProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

export function Lesson({ session, params }: LessonProps) {
  const { pack = "", lesson = "" } = params;
  const shown = language.value;
  const result = useLive(
    () => live(["packs", "events", "pulled"], () => readLesson(session, pack, lesson, shown)),
    [session, pack, lesson, shown],
  );
  if (result === undefined) return <Opening label={t("app.loading")} />;
  if (result.ok) return <Reader session={session} lesson={result.lesson} />;
  return (
    <Screen title={result.code === "recalled" ? t("pack.recalled") : t("lesson.missing_title")}>
      <p>
        {result.code === "recalled" ? t("pack.recalled_text") : result.code === "damaged" ? t("lesson.damaged") : t("lesson.missing_text")}
      </p>
      {result.reason !== undefined && <p>{t("pack.recalled_reason", { reason: result.reason })}</p>}
      <ButtonLink href={`/learn/${pack}`}>{t("pack.open")}</ButtonLink>
    </Screen>
  );
}

/** Begun, and not read to its end already. */
function isUnderWay({ finished, place }: LessonView): boolean {
  const fraction = place?.fraction ?? 0;
  return fraction > 0.03 && !(finished && fraction > 0.97);
}

function Reader({ session, lesson }: { session: Session; lesson: LessonView }) {
  const [resumed, setResumed] = useState(() => isUnderWay(lesson));
  const startPlace = useRef<Place | undefined>(resumed ? lesson.place : undefined);
  const landed = useRef(false);
  useEffect(() => {
    if (resumed) announce(t("lesson.resumed"));
  }, []);

  /** The first place is where she landed; with the next paragraph the word about it has been read. */
  function keepPlace(place: Place): void {
    if (landed.current) setResumed(false);
    landed.current = true;
    void savePlace(session, lesson.pack, lesson.lesson, place);
  }

  useEffect(() => {
    void openLesson(session, lesson.pack, lesson.lesson);
  }, [session, lesson.pack, lesson.lesson]);
  return (
    <Screen
      title={lesson.title}
      class="lesson"
      over={<p class="small quiet">{`${lesson.packTitle} · ${t("unit.minutes", { count: lesson.minutes })}`}</p>}
    >
      {resumed && (
        <div class="lesson-resumed">
          <Notice tone="ash" icon="info">
            <div class="row">
              <span>{t("lesson.resumed")}</span>
              <button
                type="button"
                class="button button-quiet"
                onClick={() => {
                  setResumed(false);
                  scrollTo(0, 0);
                }}
              >
                {t("lesson.to_top")}
              </button>
            </div>
          </Notice>
        </div>
      )}
      {lesson.language !== language.value && <p class="small quiet">{t("lesson.other_language")}</p>}
      {lesson.objectives.length > 0 && (
        <section class="lesson-objectives">
          <h2 class="small">{t("lesson.objectives")}</h2>
          <ul lang={lesson.language} dir="auto">
            {lesson.objectives.map((objective) => (
              <li key={objective}>{objective}</li>
            ))}
          </ul>
        </section>
      )}
      {lesson.withoutPictures && <p class="small quiet">{t("lesson.no_pictures")}</p>}
      <LessonText
        html={lesson.html}
        language={lesson.language}
        start={startPlace.current}
        timers={session.app.ports.timers}
        onPlace={keepPlace}
      />
      <AfterReading session={session} lesson={lesson} />
    </Screen>
  );
}
