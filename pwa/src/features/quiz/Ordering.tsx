/** Putting things in order by tapping them one after the other. */
import type { Choice } from "../../contracts/quiz.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import type { AnswerAreaProps } from "./AnswerArea.tsx";
import { idsOf, toggleInOrder } from "./answer-state.ts";

export function Ordering({ question, language, answer, graded, onChange }: AnswerAreaProps) {
  const choices = question.choices ?? [];
  const placed = idsOf(answer);
  return (
    <>
      <div class="options" role="group" aria-labelledby="stem" aria-describedby="answer-hint">
        {choices.map((choice) => (
          <OrderingChoice
            key={choice.id}
            choice={choice}
            language={language}
            position={placed.indexOf(choice.id) + 1}
            closed={graded !== undefined}
            onTap={() => onChange(toggleInOrder(placed, choice.id))}
          />
        ))}
      </div>
      {graded === undefined && placed.length > 0 && (
        <div>
          <Button look="quiet" onClick={() => onChange([])}>
            {t("quiz.clear")}
          </Button>
        </div>
      )}
      {graded !== undefined && !graded.correct && (
        <div class="stack-tight">
          <p class="label">{t("quiz.right_order")}</p>
          <ol class="right-order" lang={language} dir="auto">
            {idsOf(graded.correctAnswer ?? null).map((id) => (
              <li key={id}>{choices.find((choice) => choice.id === id)?.text}</li>
            ))}
          </ol>
        </div>
      )}
    </>
  );
}

interface OrderingChoiceProps {
  choice: Choice;
  language: string;
  /** 1 for the first; 0 while it has no place. */
  position: number;
  closed: boolean;
  onTap: () => void;
}

function OrderingChoice({ choice, language, position, closed, onTap }: OrderingChoiceProps) {
  return (
    <button
      type="button"
      class={position > 0 ? "option option-on" : "option"}
      disabled={closed}
      aria-pressed={position > 0}
      data-testid="choice"
      data-choice={choice.id}
      data-chosen={position > 0}
      onClick={onTap}
    >
      <span class="option-mark" aria-hidden="true">
        {position > 0 ? position : ""}
      </span>
      <span lang={language} dir="auto">
        {choice.text}
      </span>
      {position > 0 && <span class="visually-hidden">{t("quiz.position", { number: position })}</span>}
    </button>
  );
}
