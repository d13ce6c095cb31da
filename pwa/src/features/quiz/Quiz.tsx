/**
 * A quiz from its first open question to its result. Owns where the person is in it; answers are stored before they are judged,
 * so a reload at any moment comes back to the same question with every answer kept.
 */
import { useEffect, useState } from "preact/hooks";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import type { Session } from "../../use-cases/session.ts";
import { type AnsweredQuestion, finishQuiz, openQuiz, type QuizOpened, type QuizResult, type QuizView } from "../../use-cases/take-quiz.ts";
import { holdUpdate } from "../../use-cases/take-update.ts";
import { QuestionCard } from "./QuestionCard.tsx";
import { QuizOutcome } from "./QuizOutcome.tsx";
import "./quiz.css";

interface QuizProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

export function Quiz({ session, params }: QuizProps) {
  const { pack = "", lesson = "" } = params;
  const shown = language.value;
  const [round, setRound] = useState(0);
  const [opened, setOpened] = useState<QuizOpened | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  useEffect(() => {
    setOpened(undefined);
    openQuiz(session, pack, lesson, shown).then(setOpened, setFailure);
  }, [session, pack, lesson, shown, round]);
  if (failure !== undefined) throw failure;
  if (opened === undefined) return <Opening label={t("app.loading")} />;
  if (!opened.ok) {
    return (
      <Screen title={opened.code === "no_quiz" ? t("lesson.quiz") : t("lesson.missing_title")}>
        <p>{opened.code === "no_quiz" ? t("quiz.none") : opened.code === "damaged" ? t("lesson.damaged") : t("lesson.missing_text")}</p>
        <ButtonLink href={`/learn/${pack}`}>{t("pack.open")}</ButtonLink>
      </Screen>
    );
  }
  return <Running key={opened.quiz.attempt} session={session} quiz={opened.quiz} onAgain={() => setRound(round + 1)} />;
}

function Running({ session, quiz, onAgain }: { session: Session; quiz: QuizView; onAgain: () => void }) {
  const [at, setAt] = useState(quiz.at);
  const [answered, setAnswered] = useState<Record<string, AnsweredQuestion>>(quiz.answered);
  const [result, setResult] = useState<QuizResult | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  const question = quiz.questions[at];
  useEffect(() => holdUpdate(session.app), [session]);
  useEffect(() => {
    if (question === undefined) finishQuiz(session, quiz).then(setResult, setFailure);
  }, [question === undefined]);

  if (failure !== undefined) throw failure;
  if (question === undefined) {
    return result === undefined ? (
      <Opening label={t("app.loading")} />
    ) : (
      <QuizOutcome quiz={quiz} result={result} answered={answered} onAgain={onAgain} />
    );
  }
  const total = quiz.questions.length;
  const words = t("quiz.progress", { number: at + 1, total });
  return (
    <Screen title={quiz.title} class="quiz">
      <div class="stack-tight">
        <p class="small quiet">{words}</p>
        <ProgressBar label={t("quiz.progress_label")} value={at / total} text={words} />
      </div>
      {quiz.at > 0 && at === quiz.at && <p class="small quiet">{t("quiz.resumed")}</p>}
      <QuestionCard
        key={question.id}
        session={session}
        quiz={quiz}
        question={question}
        first={at === quiz.at}
        last={at === total - 1}
        known={answered[question.id]}
        onAnswered={(one) => setAnswered({ ...answered, [question.id]: one })}
        onNext={() => {
          scrollTo(0, 0);
          setAt(at + 1);
        }}
      />
    </Screen>
  );
}
