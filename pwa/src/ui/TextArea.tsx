/** A labelled field of several lines. */
import { describedBy, FieldFrame, type FieldProps } from "./Field.tsx";

interface TextAreaProps extends FieldProps {
  rows?: number;
  labelHidden?: boolean;
}

export function TextArea(props: TextAreaProps) {
  const { id, label, hint, error, onInput, labelHidden, rows = 4, ...rest } = props;
  return (
    <FieldFrame field={props} {...(labelHidden === undefined ? {} : { labelHidden })}>
      <textarea
        {...rest}
        id={id}
        class="input"
        dir="auto"
        rows={rows}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(props)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </FieldFrame>
  );
}
