/** Making pairs by two taps: one on the left, one on the right. Pairs carry the same number. */
import { useState } from "preact/hooks";
import type { Choice } from "../../contracts/quiz.ts";
import { t } from "../../i18n/messages.ts";
import type { AnswerAreaProps } from "./AnswerArea.tsx";
import { type Armed, pairsOf, tapMatch } from "./answer-state.ts";

export function Matching({ question, language, answer, graded, onChange }: AnswerAreaProps) {
  const [armed, setArmed] = useState<Armed | null>(null);
  const lefts = question.lefts ?? [];
  const rights = question.rights ?? [];
  const pairs = pairsOf(answer);

  function tap(tapped: Armed): void {
    const next = tapMatch({ pairs, armed }, tapped);
    setArmed(next.armed);
    onChange(next.pairs);
  }

  const side = (name: Armed["side"], choices: Choice[]) => (
    <div class="options" role="group" aria-label={name === "left" ? t("quiz.lefts") : t("quiz.rights")}>
      {choices.map((choice) => (
        <MatchingChoice
          key={choice.id}
          choice={choice}
          language={language}
          number={pairs.findIndex((pair) => pair.includes(choice.id)) + 1}
          armed={armed?.side === name && armed.id === choice.id}
          closed={graded !== undefined}
          onTap={() => tap({ side: name, id: choice.id })}
        />
      ))}
    </div>
  );
  return (
    <>
      <div class="matching" role="group" aria-labelledby="stem" aria-describedby="answer-hint">
        {side("left", lefts)}
        {side("right", rights)}
      </div>
      {graded !== undefined && !graded.correct && (
        <div class="stack-tight">
          <p class="label">{t("quiz.right_pairs")}</p>
          <ul class="right-pairs" lang={language} dir="auto">
            {pairsOf(graded.correctAnswer ?? null).map(([left, right]) => (
              <li key={left}>
                <span>{textOf(lefts, left)}</span>
                <span>{textOf(rights, right)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function textOf(choices: Choice[], id: string): string {
  return choices.find((choice) => choice.id === id)?.text ?? "";
}

interface MatchingChoiceProps {
  choice: Choice;
  language: string;
  /** The number of its pair; 0 while it has none. */
  number: number;
  armed: boolean;
  closed: boolean;
  onTap: () => void;
}

function MatchingChoice({ choice, language, number, armed, closed, onTap }: MatchingChoiceProps) {
  return (
    <button
      type="button"
      class={`option match${number > 0 ? " option-on" : ""}${armed ? " match-armed" : ""}`}
      disabled={closed}
      aria-pressed={armed}
      data-testid="choice"
      data-choice={choice.id}
      data-chosen={number > 0}
      onClick={onTap}
    >
      <span class="option-mark" aria-hidden="true">
        {number > 0 ? number : ""}
      </span>
      <span lang={language} dir="auto">
        {choice.text}
      </span>
      {number > 0 && <span class="visually-hidden">{t("quiz.paired", { number })}</span>}
    </button>
  );
}
