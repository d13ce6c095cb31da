/** What a teacher read and answered, each under the words of its lesson and question; where those are not on this phone, what is known of them. */
import { t } from "../../i18n/messages.ts";
import { sayMoment } from "../../i18n/moments.ts";
import { List, ListRow } from "../../ui/List.tsx";
import type { Session } from "../../use-cases/session.ts";
import type { TeacherProgress } from "../../use-cases/teacher-progress.ts";
import { GetPack } from "./GetPack.tsx";

interface ProgressProps {
  session: Session;
  progress: TeacherProgress;
  nowMs: number;
}

export function Progress({ session, progress, nowMs }: ProgressProps) {
  const { lessonsFinished, quizzes, reflections, missing } = progress;
  return (
    <section class="section">
      <h2>{t("teacher.progress")}</h2>
      {lessonsFinished.length + quizzes.length + reflections.length === 0 && <p class="quiet">{t("teacher.no_progress")}</p>}
      {missing.map((pack) => (
        <GetPack key={pack.slug} session={session} pack={pack} />
      ))}
      {reflections.length > 0 && <Reflections reflections={reflections} nowMs={nowMs} />}
      {lessonsFinished.length > 0 && (
        <>
          <h3>{t("teacher.lessons")}</h3>
          <List label={t("teacher.lessons_done", { count: lessonsFinished.length })}>
            {lessonsFinished.map((lesson) => (
              <ListRow key={`${lesson.pack} ${lesson.lesson}`} icon="check" title={sayLesson(lesson)}>
                <span class="small quiet">{t("teacher.lesson_finished", { time: sayMoment(lesson.finishedMs, nowMs) })}</span>
              </ListRow>
            ))}
          </List>
        </>
      )}
      {quizzes.length > 0 && <Quizzes quizzes={quizzes} nowMs={nowMs} />}
    </section>
  );
}

function Reflections({ reflections, nowMs }: Pick<TeacherProgress, "reflections"> & { nowMs: number }) {
  return (
    <>
      <h3>{t("teacher.reflections")}</h3>
      <List label={t("teacher.reflections")}>
        {reflections.map((one) => (
          <ListRow
            key={`${one.pack} ${one.lesson} ${one.question} ${one.atMs}`}
            icon="pencil"
            title={one.stem ?? sayQuestion(one.question)}
            data-testid="reflection"
            data-question={one.question}
            data-stem={one.stem !== undefined}
          >
            <span class="words" dir="auto">
              {one.text}
            </span>
            <span class="small quiet">{`${sayLesson(one)} · ${sayMoment(one.atMs, nowMs)}`}</span>
          </ListRow>
        ))}
      </List>
    </>
  );
}

function Quizzes({ quizzes, nowMs }: Pick<TeacherProgress, "quizzes"> & { nowMs: number }) {
  return (
    <>
      <h3>{t("teacher.quizzes")}</h3>
      <List label={t("teacher.quizzes")}>
        {quizzes.map((quiz) => (
          <ListRow
            key={`${quiz.pack} ${quiz.lesson} ${quiz.finishedMs}`}
            icon="bulb"
            title={sayLesson(quiz)}
            end={<span class="quiet">{t("quiz.result", { score: Math.round(quiz.score * 10) / 10, max: quiz.scoreMax })}</span>}
          >
            <span class="small quiet">{t("teacher.quiz_taken", { time: sayMoment(quiz.finishedMs, nowMs) })}</span>
          </ListRow>
        ))}
      </List>
    </>
  );
}

/** Its title; else its number in the pack that the catalogue names; else its id, which is all there is. */
function sayLesson({ lesson, name }: TeacherProgress["lessonsFinished"][number] | TeacherProgress["reflections"][number]): string {
  const { title, packTitle, number } = name;
  if (title !== undefined) return title;
  const inPack = number === undefined ? lesson : t("lesson.number", { number });
  return packTitle === undefined ? inPack : t("teacher.lesson_of", { pack: packTitle, lesson: inPack });
}

/** By an id that is a number in its lesson, as packs write them: q7, ash-07. Other digits are no place. */
function sayQuestion(question: string): string {
  const number = /(?:^q|-)(\d{1,2})$/.exec(question)?.[1];
  return number === undefined ? t("teacher.question") : t("teacher.question_number", { number: Number(number) });
}
