/** The result: what was right, and what was not with its explanation, since that is what is worth reading again. */
import { t } from "../../i18n/messages.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Screen } from "../../ui/Screen.tsx";
import type { AnsweredQuestion, QuizResult, QuizView } from "../../use-cases/take-quiz.ts";

interface QuizOutcomeProps {
  quiz: QuizView;
  result: QuizResult;
  answered: Record<string, AnsweredQuestion>;
  onAgain: () => void;
}

export function QuizOutcome({ quiz, result, answered, onAgain }: QuizOutcomeProps) {
  const { score, scoreMax, missed } = result;
  const shownScore = Math.round(score * 10) / 10;
  return (
    <Screen title={t("quiz.result_title")} over={<p class="small quiet">{quiz.title}</p>}>
      <section class="card" data-testid="quiz-result" data-score={score} data-score-max={scoreMax}>
        {scoreMax > 0 ? (
          <>
            <p class="result-score">{t("quiz.result_score", { score: shownScore, max: scoreMax })}</p>
            <p>{missed.length === 0 ? t("quiz.result_all") : t("quiz.result_some")}</p>
          </>
        ) : (
          <p>{t("quiz.result_only_reflection")}</p>
        )}
        <p class="small quiet">{t("quiz.result_saved")}</p>
      </section>
      {missed.length > 0 && (
        <section class="section">
          <h2>{t("quiz.review")}</h2>
          <ul class="stack" lang={quiz.language} dir="auto">
            {missed.map(({ question, stem }) => (
              <li key={question} class="card">
                <p class="label">{stem}</p>
                <p>{answered[question]?.graded.explanation}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="stack">
        <ButtonLink wide href={`/learn/${quiz.pack}/${quiz.lesson}`}>
          {t("quiz.back_to_lesson")}
        </ButtonLink>
        <Button wide look="plain" onClick={onAgain} data-testid="quiz-again">
          {t("quiz.again")}
        </Button>
      </div>
    </Screen>
  );
}
