/** Choose one of a few: native radio buttons under large targets. */
import { Icon } from "./Icon.tsx";

interface OptionsProps<T extends string | number> {
  name: string;
  label: string;
  value: T;
  options: readonly { value: T; label: string; lang?: string }[];
  onChange: (value: T) => void;
  /** Side by side where there is room. */
  inline?: boolean;
}

export function Options<T extends string | number>({ name, label, value, options, onChange, inline }: OptionsProps<T>) {
  return (
    <fieldset class="field">
      <legend class="label">{label}</legend>
      <div class={inline === true ? "options options-inline" : "options"}>
        {options.map((option) => (
          <label key={option.value} class={option.value === value ? "option option-on" : "option"} lang={option.lang}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span class="option-mark">{option.value === value && <Icon name="check" />}</span>
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
