/** One question: its stem, the way to answer it, the judgement, and the one button that checks and then goes on. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Question } from "../../contracts/quiz.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useAutosave } from "../../ui/use-autosave.ts";
import type { Session } from "../../use-cases/session.ts";
import { type Answer, type AnsweredQuestion, answerQuestion, type QuizView, type StandingAnswer } from "../../use-cases/take-quiz.ts";
import { AnswerArea } from "./AnswerArea.tsx";
import { AnsweredElsewhere } from "./AnsweredElsewhere.tsx";
import { answerKeeperOf } from "./answer-keeper.ts";
import { isComplete } from "./answer-state.ts";
import { Judgement } from "./Judgement.tsx";

interface QuestionCardProps {
  session: Session;
  quiz: QuizView;
  question: Question;
  /** The first question after the quiz was opened: the screen's heading has the focus, not the stem. */
  first: boolean;
  last: boolean;
  known: AnsweredQuestion | undefined;
  onAnswered: (answered: AnsweredQuestion) => void;
  onNext: () => void;
}

function useAnswer({ session, quiz, question, known, onAnswered }: QuestionCardProps) {
  const [answer, setAnswer] = useState<Answer | null>(known?.answer ?? null);
  const [checking, setChecking] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [elsewhere, setElsewhere] = useState<StandingAnswer["elsewhere"]>(undefined);
  const touched = useRef(false);
  const keeper = useMemo(() => answerKeeperOf(session, quiz, question), []);
  const autosave = useAutosave(keeper.keep, keeper.stash);

  useEffect(() => {
    const left = keeper.left();
    if (left !== undefined) {
      setAnswer(left);
      autosave.changed(left);
      if (known !== undefined) void submit(left);
    } else if (known === undefined) {
      void keeper.read().then((draft) => {
        if (draft === null || touched.current) return;
        draft.hold();
        setAnswer(draft.answer);
      });
    }
  }, []);

  function change(next: Answer): void {
    if (known !== undefined || checking) return;
    touched.current = true;
    setAnswer(next);
    autosave.changed(next);
  }

  async function submit(given: Answer): Promise<void> {
    setChecking(true);
    await autosave.flush();
    try {
      const standing = await answerQuestion(session, quiz, question.id, given, keeper.words);
      setAnswer(standing.answer);
      setElsewhere(standing.elsewhere);
      onAnswered(standing);
      setProblem(undefined);
    } catch (error) {
      console.error("an answer could not be stored", error);
      setProblem(t("quiz.not_saved"));
      setChecking(false);
    }
  }

  function check(): void {
    if (answer !== null && !checking) void submit(answer);
  }

  return { answer, change, check, checking, problem, elsewhere };
}

export function QuestionCard(props: QuestionCardProps) {
  const { quiz, question, first, last, known, onNext } = props;
  const { answer, change, check, checking, problem, elsewhere } = useAnswer(props);
  const stem = useRef<HTMLHeadingElement>(null);
  const judgement = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!first) stem.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    if (known !== undefined && checking)
      judgement.current?.scrollIntoView({
        block: "nearest",
        behavior: "smooth",
      });
  }, [known]);

  const action = known === undefined ? "check" : last ? "finish" : "next";
  return (
    <>
      <section
        class="stack question"
        data-testid="question"
        data-question={question.id}
        data-kind={question.kind}
        data-state={known === undefined ? "open" : "answered"}
      >
        <h2 ref={stem} tabIndex={-1} id="stem" class="words" dir="auto" lang={quiz.language}>
          {question.stem}
        </h2>
        <AnswerArea
          question={question}
          language={quiz.language}
          answer={answer}
          graded={known?.graded}
          onChange={change}
          onDone={() => known === undefined && isComplete(question, answer) && check()}
        />
        {elsewhere !== undefined && <AnsweredElsewhere draft={elsewhere.draft} />}
        <div ref={judgement}>{known !== undefined && <Judgement question={question} language={quiz.language} graded={known.graded} />}</div>
      </section>
      <div class="dock">
        {problem !== undefined && (
          <Notice tone="berry" icon="alert" live>
            <p>{problem}</p>
          </Notice>
        )}
        <Button
          wide
          disabled={known === undefined && !isComplete(question, answer)}
          onClick={() => (known === undefined ? check() : onNext())}
          data-testid="answer-submit"
          data-action={action}
        >
          {actionWords(action, question)}
        </Button>
      </div>
    </>
  );
}

function actionWords(action: "check" | "next" | "finish", question: Question): string {
  if (action === "next") return t("quiz.next");
  if (action === "finish") return t("quiz.finish");
  return question.kind === "reflection" ? t("quiz.submit_reflection") : t("quiz.submit");
}
