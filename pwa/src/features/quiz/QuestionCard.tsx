/** One question: its stem, the way to answer it, the judgement, and the one button that checks and then goes on. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Question } from "../../contracts/quiz.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Status.tsx";
import { stashOf } from "../../ui/stash.ts";
import { useAutosave } from "../../ui/use-autosave.ts";
import type { Session } from "../../use-cases/session.ts";
import {
  type Answer,
  type AnsweredQuestion,
  answerQuestion,
  type QuizView,
  readAnswerDraft,
  saveAnswerDraft,
} from "../../use-cases/take-quiz.ts";
import { AnswerArea } from "./AnswerArea.tsx";
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
  const touched = useRef(false);
  const stash = useMemo(() => stashOf<Answer>(() => `${session.person.id} answer:${quiz.attempt}/${question.id}`), []);
  const autosave = useAutosave((next: Answer) => saveAnswerDraft(session, quiz.attempt, question.id, next), stash);

  useEffect(() => {
    if (known !== undefined) return stash.drop();
    const left = stash.find();
    if (left !== undefined) {
      setAnswer(left);
      return autosave.changed(left);
    }
    void readAnswerDraft(session, quiz.attempt, question.id).then((draft) => {
      if (draft !== null && !touched.current) setAnswer(draft);
    });
  }, []);

  function change(next: Answer): void {
    if (known !== undefined || checking) return;
    touched.current = true;
    setAnswer(next);
    autosave.changed(next);
  }

  async function check(): Promise<void> {
    if (answer === null || checking) return;
    setChecking(true);
    await autosave.flush();
    try {
      onAnswered({
        answer,
        graded: await answerQuestion(session, quiz, question.id, answer),
      });
      setProblem(undefined);
    } catch (error) {
      console.error("an answer could not be stored", error);
      setProblem(t("quiz.not_saved"));
      setChecking(false);
    }
  }

  return { answer, change, check, checking, problem };
}

export function QuestionCard(props: QuestionCardProps) {
  const { quiz, question, first, last, known, onNext } = props;
  const { answer, change, check, checking, problem } = useAnswer(props);
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
          onDone={() => known === undefined && isComplete(question, answer) && void check()}
        />
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
          onClick={() => (known === undefined ? void check() : onNext())}
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
