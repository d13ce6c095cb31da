/** The way to answer each kind of question. All of them by taps or typing; nothing has to be dragged. */
import { COMMENT_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import type { Question } from "../../contracts/quiz.ts";
import { type MessageKey, t } from "../../i18n/messages.ts";
import { TextField } from "../../ui/Field.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import type { Answer, Graded } from "../../use-cases/take-quiz.ts";
import { Choices, type ShownChoice } from "./Choices.tsx";
import { idsOf, toggleChoice } from "./answer-state.ts";
import { Matching } from "./Matching.tsx";
import { Ordering } from "./Ordering.tsx";

const SHORT_TEXT_CHARACTERS_MAX = 200;

export interface AnswerAreaProps {
  question: Question;
  language: string;
  answer: Answer | null;
  /** Present once the answer was judged; nothing can be changed then. */
  graded: Graded | undefined;
  onChange: (answer: Answer) => void;
  /** The keyboard's "go". */
  onDone: () => void;
}

export function AnswerArea(props: AnswerAreaProps) {
  const { question } = props;
  return (
    <div class="stack">
      <p class="small quiet" id="answer-hint">
        {t(`quiz.${question.kind}_hint` satisfies MessageKey)}
      </p>
      {area(props)}
    </div>
  );
}

function area(props: AnswerAreaProps) {
  const { question, answer, graded, onChange } = props;
  switch (question.kind) {
    case "single":
      return (
        <Choices
          {...props}
          choices={question.choices ?? []}
          chosen={typeof answer === "string" ? [answer] : []}
          right={rightIds(graded)}
          onTap={onChange}
        />
      );
    case "multiple": {
      const choices = question.choices ?? [];
      const order = choices.map(({ id }) => id);
      return (
        <Choices
          {...props}
          several
          choices={choices}
          chosen={idsOf(answer)}
          right={rightIds(graded)}
          onTap={(id) => onChange(toggleChoice(order, idsOf(answer), id))}
        />
      );
    }
    case "true_false":
      return (
        <Choices
          {...props}
          choices={trueAndFalse()}
          language={undefined}
          chosen={typeof answer === "boolean" ? [String(answer)] : []}
          right={typeof graded?.correctAnswer === "boolean" ? [String(graded.correctAnswer)] : []}
          onTap={(id) => onChange(id === "true")}
        />
      );
    case "matching":
      return <Matching {...props} />;
    case "ordering":
      return <Ordering {...props} />;
    default:
      return <Typed {...props} />;
  }
}

function Typed({ question, language, answer, graded, onChange, onDone }: AnswerAreaProps) {
  const shared = {
    id: "answer",
    "data-testid": "answer-input",
    value: textOf(answer),
    onInput: onChange,
    disabled: graded !== undefined,
    lang: language,
  };
  if (question.kind === "reflection") {
    return <TextArea {...shared} rows={6} label={t("quiz.answer_label")} maxLength={COMMENT_TEXT_CHARACTERS_MAX} />;
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onDone();
      }}
    >
      <TextField
        {...shared}
        label={question.unit ? t("quiz.answer_unit", { unit: question.unit }) : t("quiz.answer_label")}
        inputMode={question.kind === "numeric" ? "decimal" : "text"}
        maxLength={SHORT_TEXT_CHARACTERS_MAX}
      />
    </form>
  );
}

function textOf(answer: Answer | null): string {
  return typeof answer === "string" ? answer : "";
}

function rightIds(graded: Graded | undefined): string[] {
  const right = graded?.correctAnswer;
  return typeof right === "string" ? [right] : idsOf(right ?? null);
}

function trueAndFalse(): ShownChoice[] {
  return [
    { id: "true", text: t("quiz.true") },
    { id: "false", text: t("quiz.false") },
  ];
}
