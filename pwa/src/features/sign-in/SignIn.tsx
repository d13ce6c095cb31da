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
import { TextField } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { Screen } from "../../ui/Screen.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import type { AppCore } from "../../use-cases/session.ts";
import { codeFromLink, listPeopleOnDevice, type PersonOnDevice, type SignInProblem, signIn, unlock } from "../../use-cases/sign-in.ts";
import "./sign-in.css";

type FieldName = "code" | "pin" | "form";
type Problem = { field: FieldName; text: string };

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

/** `Forgot` comes later: who is here already has its code. */
type SignInProps = { app: AppCore; Forgot: ComponentType<{ app: AppCore; person: string }> };

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
      const text = t(`signin.${result.code}` satisfies MessageKey, { count: result.waitSeconds ?? 0 });
      setProblem({ field: FIELD_OF[result.code], text });
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

  return { linked, code, typeCode, person: withCode ? "" : person, choose, pin, setPin, busy, problem, submit };
}

function SignInForm({ app, people, Forgot }: SignInProps & { people: PersonOnDevice[] }) {
  const { linked, code, typeCode, person, choose, pin, setPin, busy, problem, submit } = useSignIn(app, people);
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
        <Button type="submit" wide disabled={busy} data-testid="sign-in-submit">
          {busy ? t("signin.busy") : isNew ? t("signin.submit") : t("signin.open")}
        </Button>
      </form>
      {!isNew && <Forgot app={app} person={person} />}
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

interface PeopleProps {
  people: PersonOnDevice[];
  chosen: string;
  onChoose: (person: string) => void;
}

function People({ people, chosen, onChoose }: PeopleProps) {
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
