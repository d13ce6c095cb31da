/** What the answer was worth, what the choice shows, and why: the part of a question that teaches. */
import type { Question } from "../../contracts/quiz.ts";
import { t } from "../../i18n/messages.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import type { Tone } from "../../ui/Status.tsx";
import type { Graded } from "../../use-cases/take-quiz.ts";

interface JudgementProps {
  question: Question;
  language: string;
  graded: Graded;
}

export function Judgement({ question, language, graded }: JudgementProps) {
  const { tone, icon, words } = verdictOf(graded);
  const typed = question.kind === "numeric" || question.kind === "short_text";
  return (
    <div
      class={`notice notice-${tone} judgement`}
      role="status"
      data-testid="answer-feedback"
      data-correct={graded.score === null ? "none" : graded.correct}
      data-score={graded.score ?? undefined}
    >
      <Icon name={icon} />
      <div class="notice-body">
        <p class="judgement-word">{words}</p>
        {typed && !graded.correct && graded.correctAnswer !== undefined && (
          <p lang={language} dir="auto">
            {t("quiz.answer_is", {
              answer: String(graded.correctAnswer),
            })}
          </p>
        )}
        {graded.feedback.map(({ choice, text }) => {
          const about = question.choices?.find(({ id }) => id === choice)?.text;
          return (
            <div key={`${choice ?? ""} ${text}`} class="stack-tight" data-testid="choice-feedback" data-choice={choice}>
              {about !== undefined && (
                <p class="small label clamp-2" dir="auto">
                  {t("quiz.feedback_on", { choice: about })}
                </p>
              )}
              <p lang={language} dir="auto">
                {text}
              </p>
            </div>
          );
        })}
        {graded.explanation !== "" && (
          <div class="stack-tight">
            <p class="small label">{t("quiz.explanation")}</p>
            <p lang={language} dir="auto">
              {graded.explanation}
            </p>
          </div>
        )}
      </div>
    </div>
  );
}

function verdictOf({ score, correct }: Graded): {
  tone: Tone;
  icon: IconName;
  words: string;
} {
  if (score === null) return { tone: "pine", icon: "check", words: t("quiz.noted") };
  if (correct) return { tone: "pine", icon: "check", words: t("quiz.correct") };
  if (score > 0) return { tone: "amber", icon: "bulb", words: t("quiz.partly") };
  return { tone: "amber", icon: "bulb", words: t("quiz.wrong") };
}
