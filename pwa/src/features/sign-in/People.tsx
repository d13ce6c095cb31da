/** The people of this phone, to choose from. */
import { t } from "../../i18n/messages.ts";
import { Icon } from "../../ui/Icon.tsx";
import type { PersonOnDevice } from "../../use-cases/sign-in.ts";

interface PeopleProps {
  people: PersonOnDevice[];
  chosen: string;
  onChoose: (person: string) => void;
}

export function People({ people, chosen, onChoose }: PeopleProps) {
  return (
    <fieldset class="field">
      <legend class="visually-hidden">{t("signin.people")}</legend>
      <div class="options">
        {people.map((one) => (
          <label
            key={one.person}
            class={one.person === chosen ? "option option-on" : "option"}
            data-testid="person-choice"
            data-person={one.person}
          >
            <input type="radio" name="person" checked={one.person === chosen} onChange={() => onChoose(one.person)} />
            <span class="option-mark">{one.person === chosen && <Icon name="check" />}</span>
            <span>{one.name}</span>
            {one.waiting > 0 && <span class="small quiet option-end">{t("chip.waiting", { count: one.waiting })}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
