/** Asks once more, in place, before something that cannot be undone. The focus goes to the question and back. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./Button.tsx";
import type { IconName } from "./Icon.tsx";

interface ConfirmProps {
  label: string;
  icon?: IconName;
  question: string;
  yes: string;
  no: string;
  onYes: () => void;
}

export function Confirm({ label, icon, question, yes, no, onYes }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (asking) words.current?.focus();
  }, [asking]);
  if (!asking) {
    return (
      <Button look="plain" {...(icon === undefined ? {} : { icon })} onClick={() => setAsking(true)}>
        {label}
      </Button>
    );
  }
  return (
    <div class="stack" role="group" aria-label={label}>
      <p ref={words} tabIndex={-1}>
        {question}
      </p>
      <div class="row">
        <Button look="danger" onClick={onYes}>
          {yes}
        </Button>
        <Button look="plain" onClick={() => setAsking(false)}>
          {no}
        </Button>
      </div>
    </div>
  );
}
