/** What stands under a lesson: the word "finished", the questions, the card for tomorrow's class, tonight's journal, the next lesson. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { TryOut } from "../../contracts/manifest.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Status } from "../../ui/Status.tsx";
import { finishLesson, type LessonView } from "../../use-cases/read-lesson.ts";
import type { Session } from "../../use-cases/session.ts";

export function AfterReading({ session, lesson }: { session: Session; lesson: LessonView }) {
  const here = `/learn/${lesson.pack}/${lesson.lesson}`;
  return (
    <div class="stack lesson-after">
      <Finish session={session} lesson={lesson} />
      {lesson.hasQuiz && (
        <div class="stack-tight">
          <ButtonLink wide look={lesson.finished ? "main" : "plain"} href={`${here}/quiz`} data-testid="quiz-open">
            {t("lesson.quiz")}
          </ButtonLink>
          <p class="small quiet">{t("lesson.quiz_hint")}</p>
        </div>
      )}
      {lesson.tryOut !== undefined && <TryOutCard tryOut={lesson.tryOut} language={lesson.language} />}
      {lesson.journalPrompt !== "" && (
        <section class="card">
          <h2 class="lesson-card-title">
            <Icon name="pencil" />
            <span>{t("lesson.journal")}</span>
          </h2>
          <p lang={lesson.language} dir="auto">
            {lesson.journalPrompt}
          </p>
          <ButtonLink look="plain" href={`/journal/new?pack=${lesson.pack}&lesson=${lesson.lesson}`} data-testid="lesson-journal">
            {t("lesson.journal_write")}
          </ButtonLink>
        </section>
      )}
      <List>
        <ListRow icon="chat" title={t("lesson.ask")} href={`/messages?pack=${lesson.pack}&lesson=${lesson.lesson}`} />
        {lesson.next !== undefined && (
          <ListRow icon="learn" title={t("lesson.next")} href={`/learn/${lesson.pack}/${lesson.next.lesson}`} data-testid="lesson-next">
            <span class="small quiet">{lesson.next.title}</span>
          </ListRow>
        )}
      </List>
    </div>
  );
}

function Finish({ session, lesson }: { session: Session; lesson: LessonView }) {
  const done = useRef<HTMLDivElement>(null);
  const [justNow, setJustNow] = useState(false);
  // Whoever comes back to a finished lesson reads it again, and may say so once more.
  const [again] = useState(lesson.finished);
  useEffect(() => {
    if (justNow && lesson.finished) done.current?.focus();
  }, [justNow, lesson.finished]);
  function finish(): void {
    setJustNow(true);
    void finishLesson(session, lesson.pack, lesson.lesson, lesson.language, again).then(() => announce(t("lesson.finished")));
  }
  return (
    <>
      {lesson.finished && (
        <div ref={done} tabIndex={-1} data-testid="lesson-finished">
          <Status tone="pine" icon="check">
            {again && justNow ? t("lesson.read_once_more") : t("lesson.read_again")}
          </Status>
        </div>
      )}
      {(again ? !justNow : !lesson.finished) && (
        <Button wide look={again ? "plain" : "main"} data-testid="lesson-finish" onClick={finish}>
          {again ? t("lesson.finish_again") : t("lesson.finish")}
        </Button>
      )}
    </>
  );
}

function TryOutCard({ tryOut, language }: { tryOut: TryOut; language: string }) {
  return (
    <section class="card try-out">
      <h2 class="lesson-card-title">
        <Icon name="bulb" />
        <span>{t("lesson.try_out")}</span>
      </h2>
      <div class="stack" lang={language} dir="auto">
        <p class="try-out-title" dir="auto">
          {tryOut.title}
        </p>
        <p class="small quiet">{tryOut.when}</p>
        <ol class="try-out-steps">
          {tryOut.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </div>
      <p>
        <strong>{t("lesson.try_look_for")}</strong>{" "}
        <span lang={language} dir="auto">
          {tryOut.look_for}
        </span>
      </p>
    </section>
  );
}
