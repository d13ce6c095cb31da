/** One or several of a list. After the judgement each choice says in a word and a sign what it was. */
import { t } from "../../i18n/messages.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Status } from "../../ui/Status.tsx";
import type { Graded } from "../../use-cases/take-quiz.ts";

export interface ShownChoice {
  id: string;
  text: string;
}

interface ChoicesProps {
  choices: readonly ShownChoice[];
  chosen: readonly string[];
  right: readonly string[];
  graded: Graded | undefined;
  several?: boolean;
  language: string | undefined;
  onTap: (id: string) => void;
}

export function Choices({ choices, chosen, right, graded, several, language, onTap }: ChoicesProps) {
  return (
    <fieldset aria-labelledby="stem" aria-describedby="answer-hint" class="options">
      {choices.map(({ id, text }) => {
        const on = chosen.includes(id);
        const isRight = graded !== undefined && right.includes(id);
        const look = [
          "option",
          on ? "option-on" : "",
          isRight ? "option-right" : "",
          graded !== undefined && on && !isRight ? "option-missed" : "",
        ];
        return (
          <label key={id} class={look.join(" ")} data-testid="choice" data-choice={id} data-chosen={on}>
            <input
              type={several === true ? "checkbox" : "radio"}
              name="choice"
              checked={on}
              disabled={graded !== undefined}
              onChange={() => onTap(id)}
            />
            <span class={several === true ? "option-mark option-mark-square" : "option-mark"}>{on && <Icon name="check" />}</span>
            <span class="option-body">
              <span lang={language} dir="auto">
                {text}
              </span>
              {graded !== undefined && (on || isRight) && (
                <Status tone={isRight ? "pine" : "amber"}>
                  {isRight ? (on ? t("quiz.choice_yours_right") : t("quiz.choice_correct")) : t("quiz.choice_yours")}
                </Status>
              )}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
