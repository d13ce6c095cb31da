/** A labelled field with its hint and its error tied to it, so that a screen reader says all three. */
import type { ComponentChildren } from "preact";
import { Icon } from "./Icon.tsx";

export interface FieldProps {
  id: string;
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  value: string;
  onInput: (value: string) => void;
  maxLength?: number;
  placeholder?: string;
  disabled?: boolean;
  lang?: string;
}

interface TextFieldProps extends FieldProps {
  type?: "text" | "password";
  inputMode?: "text" | "numeric" | "decimal";
  autoCapitalize?: "off" | "characters";
}

export function describedBy({ id, hint, error }: FieldProps): string | undefined {
  const ids = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return ids || undefined;
}

export function FieldFrame({ field, labelHidden, children }: { field: FieldProps; labelHidden?: boolean; children: ComponentChildren }) {
  return (
    <div class="field">
      <label class={labelHidden === true ? "visually-hidden" : "label"} for={field.id}>
        {field.label}
      </label>
      {children}
      {field.error && (
        <p class="error" id={`${field.id}-error`} role="alert">
          <Icon name="alert" />
          <span>{field.error}</span>
        </p>
      )}
      {field.hint && (
        <div class="hint" id={`${field.id}-hint`}>
          {field.hint}
        </div>
      )}
    </div>
  );
}

export function TextField(props: TextFieldProps) {
  const { id, label, hint, error, onInput, type = "text", ...rest } = props;
  const shared = {
    ...rest,
    id,
    class: "input",
    autoComplete: "off",
    spellcheck: false,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": describedBy(props),
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  } as const;
  return (
    <FieldFrame field={props}>{type === "password" ? <input {...shared} type="password" /> : <input {...shared} type="text" />}</FieldFrame>
  );
}
