/**
 * The one form to get in: a code with a new PIN, or a person of this phone with theirs. Owns what is typed and the words for what
 * went wrong; the use-cases decide. Invariant: nothing here needs a network except a first sign-in, and that one says so.
 */
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { SIGN_IN_CODE_CHARACTERS } from "../../contracts/limits.ts";
import { live } from "../../db/live.ts";
import { type MessageKey, t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { announce } from "../../ui/Announcer.tsx";
import { TextField } from "../../ui/Field.tsx";
import { Screen } from "../../ui/Screen.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useCountdown } from "../../ui/use-countdown.ts";
import { useLive } from "../../ui/use-live.ts";
import type { AppCore } from "../../use-cases/session.ts";
import { codeFromLink, listPeopleOnDevice, type PersonOnDevice, type SignInProblem, signIn, unlock } from "../../use-cases/sign-in.ts";
import { People } from "./People.tsx";
import "./sign-in.css";

type FieldName = "code" | "pin" | "form";
/** `untilMs`: before that no other try is judged. */
type Problem = { field: FieldName; text: string; untilMs?: number };

const FIELD_OF: Record<SignInProblem, FieldName> = {
  wrong_code: "code",
  code_revoked: "code",
  pin_format: "pin",
  wrong_pin: "pin",
  wait: "pin",
  offline: "form",
  too_many_attempts: "form",
  server: "form",
  unknown_person: "form",
};

/** Stands in the place of the form while it is open. */
export type ForgotProps = { app: AppCore; person: string; open: boolean; onOpen: (open: boolean) => void };

/** `Forgot` comes later: who is here already has its code. */
type SignInProps = { app: AppCore; Forgot: ComponentType<ForgotProps> };

export function SignIn({ app, Forgot }: SignInProps) {
  const people = useLive(() => live(["people"], () => listPeopleOnDevice(app)), [app]);
  if (people === undefined) return null;
  return <SignInForm app={app} people={people} Forgot={Forgot} />;
}

function useSignIn(app: AppCore, people: PersonOnDevice[]) {
  const linked = codeFromLink(app) ?? "";
  const [code, setCode] = useState(linked);
  const [person, setPerson] = useState(() => (linked === "" ? (people.find((one) => one.last)?.person ?? "") : ""));
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const withCode = code.trim() !== "";
  const { nowMs } = app.ports.clock;
  const left = useCountdown(problem?.untilMs ?? 0, nowMs, () => {
    setProblem(null);
    announce(t("signin.wait_over"));
  });

  async function submit(): Promise<void> {
    if (busy) return;
    const early = problemBeforeAsking(code, person, people.length > 0);
    setProblem(early);
    if (early !== null) return;
    setBusy(true);
    try {
      const result = withCode ? await signIn(app, { code, pin }) : await unlock(app, person, pin);
      if (result.ok) return;
      if (result.code === "wrong_pin") setPin("");
      const { code: said, waitSeconds = 0 } = result;
      setProblem({ field: FIELD_OF[said], text: t(`signin.${said}` satisfies MessageKey), untilMs: nowMs() + waitSeconds * 1000 });
    } catch (error) {
      console.error(error);
      setProblem({ field: "form", text: t("signin.not_opened") });
    } finally {
      setBusy(false);
    }
  }

  /** What was wrong may be right now. */
  function typeCode(next: string): void {
    setCode(next);
    setProblem(null);
  }

  function choose(one: string): void {
    setPerson(one);
    setCode("");
    setProblem(null);
  }

  return { linked, code, typeCode, person: withCode ? "" : person, choose, pin, setPin, busy, problem, left, submit };
}

function SignInForm({ app, people, Forgot }: SignInProps & { people: PersonOnDevice[] }) {
  const { linked, code, typeCode, person, choose, pin, setPin, busy, problem, left, submit } = useSignIn(app, people);
  const [forgot, setForgot] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const isNew = person === "";
  const errorOf = (field: FieldName) => (problem?.field === field ? problem.text : undefined);
  useEffect(() => {
    if (problem !== null) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);
  return (
    <Screen
      title={people.length > 0 ? t("signin.title_people") : t("signin.title")}
      class="sign-in"
      over={<p class="sign-in-welcome">{t("signin.welcome")}</p>}
    >
      <form
        ref={form}
        class="stack sign-in-form"
        hidden={forgot}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {people.length > 0 && <People people={people} chosen={person} onChoose={choose} />}
        {!isNew && <PinField isNew={false} pin={pin} onInput={setPin} error={errorOf("pin")} />}
        <TextField
          id="code"
          data-testid="code-input"
          label={people.length > 0 ? t("signin.or_code") : t("signin.code")}
          hint={linked !== "" && code === linked ? t("signin.code_from_link") : t("signin.code_hint")}
          error={errorOf("code")}
          value={code}
          onInput={typeCode}
          maxLength={40}
        />
        {isNew && <PinField isNew pin={pin} onInput={setPin} error={errorOf("pin")} />}
        {problem?.field === "form" && (
          <Notice tone="amber" icon="alert" live>
            <p>{problem.text}</p>
          </Notice>
        )}
        <Button type="submit" wide disabled={busy || left > 0} data-testid="sign-in-submit">
          {left > 0 ? t("signin.wait_left", { count: left }) : t(busy ? "signin.busy" : isNew ? "signin.submit" : "signin.open")}
        </Button>
      </form>
      {!isNew && <Forgot app={app} person={person} open={forgot} onOpen={setForgot} />}
    </Screen>
  );
}

interface PinFieldProps {
  isNew: boolean;
  pin: string;
  onInput: (pin: string) => void;
  error: string | undefined;
}

/** A new PIN is shown while it is typed, since it is typed only once; one's own is hidden. */
function PinField({ isNew, pin, onInput, error }: PinFieldProps) {
  return (
    <TextField
      id="pin"
      data-testid="pin-input"
      label={isNew ? t("signin.pin_new") : t("signin.pin")}
      hint={isNew ? t("signin.pin_new_hint") : t("signin.pin_hint")}
      error={error}
      value={pin}
      onInput={onInput}
      type={isNew ? "text" : "password"}
      inputMode="numeric"
      maxLength={12}
    />
  );
}

function problemBeforeAsking(code: string, person: string, canChoose: boolean): Problem | null {
  const characters = code.replace(/[\s-]/g, "");
  if (characters === "" && person === "" && canChoose) return { field: "code", text: t("signin.choose") };
  if ((characters !== "" || person === "") && characters.length !== SIGN_IN_CODE_CHARACTERS)
    return { field: "code", text: t("signin.code_format") };
  return null;
}
