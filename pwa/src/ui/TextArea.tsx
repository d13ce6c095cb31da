/** A labelled field of several lines. */
import { describedBy, FieldFrame, type FieldProps } from "./Field.tsx";

interface TextAreaProps extends FieldProps {
  rows?: number;
  labelHidden?: boolean;
  /** The owner says the error itself, beside the button that was pressed, in an element `<id>-error`. */
  errorElsewhere?: boolean;
}

export function TextArea(props: TextAreaProps) {
  const { id, label, hint, error, onInput, labelHidden, errorElsewhere, rows = 4, ...rest } = props;
  return (
    <FieldFrame
      field={errorElsewhere === true ? { ...props, error: undefined } : props}
      {...(labelHidden === undefined ? {} : { labelHidden })}
    >
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
