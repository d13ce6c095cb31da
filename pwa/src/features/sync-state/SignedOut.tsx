/** The way back in for the open person whom the root no longer knows on this phone: the code of a new slip. Owns what is typed and the words for what went wrong. */
import { useState } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Field.tsx";
import type { Session } from "../../use-cases/session.ts";
import { type AgainResult, signInAgain } from "../../use-cases/sign-in-again.ts";

export function SignedOut({ session }: { session: Session }) {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);

  async function submit(): Promise<void> {
    if (busy) return;
    setBusy(true);
    try {
      const result = await signInAgain(session, code);
      if (result.ok) announce(t("again.done"));
      else setProblem(wordsOf(result));
    } catch (error) {
      console.error("signing in again failed", error);
      setProblem(t("signin.not_opened"));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      class="stack-tight"
      noValidate
      data-testid="sign-in-again"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        id="again-code"
        data-testid="again-code"
        label={t("again.code")}
        hint={t("again.hint", { name: session.person.name })}
        error={problem}
        value={code}
        onInput={(typed) => {
          setCode(typed);
          setProblem(undefined);
        }}
        maxLength={40}
      />
      <Button wide type="submit" disabled={busy} data-testid="again-submit">
        {t(busy ? "signin.busy" : "sync.sign_in_again")}
      </Button>
    </form>
  );
}

function wordsOf({ code, name = "" }: Extract<AgainResult, { ok: false }>): string {
  switch (code) {
    case "code_format":
    case "code_revoked":
    case "too_many_attempts":
    case "server":
      return t(`signin.${code}`);
    case "code_used":
    case "wrong_code":
    case "offline":
      return t(`again.${code}`);
    case "other_person":
    case "same_name":
      return t(`again.${code}`, { name });
  }
}
