/**
 * The way back in for who forgot the PIN: their trainer lets them, over the network or with a code read out on the telephone. Owns what is typed;
 * `reset-pin.ts` decides. Invariant: nothing on the phone is deleted, whatever is typed here.
 */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Field.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useCountdown } from "../../ui/use-countdown.ts";
import {
  askForPinGrant,
  endPinGrants,
  findPinGrant,
  nameOnPhone,
  type PinGrant,
  resetPin,
  type ResetResult,
} from "../../use-cases/reset-pin.ts";
import type { AppCore } from "../../use-cases/session.ts";
import { ThisPhone } from "./ThisPhone.tsx";

interface ForgotPinProps {
  app: AppCore;
  person: string;
  /** Open, it stands in the place of the form for who knows the PIN: one main button. */
  open: boolean;
  onOpen: (open: boolean) => void;
}

type Whose = Pick<ForgotPinProps, "app" | "person">;

export function ForgotPin({ app, person, open, onOpen }: ForgotPinProps) {
  useEffect(
    () => () => {
      // The form went away because the person came in: a reset that is open is not needed any more.
      const session = app.session.peek();
      if (session?.person.id === person) void endPinGrants(session);
    },
    [app, person],
  );
  if (!open) {
    return (
      <Button look="quiet" onClick={() => onOpen(true)} data-testid="forgot-pin">
        {t("forgot.open")}
      </Button>
    );
  }
  return <ForgotForm key={person} app={app} person={person} onBack={() => onOpen(false)} />;
}

type Failure = Extract<ResetResult, { ok: false }> | { ok: false; code: "not_opened" };

function useForgot({ app, person }: Whose) {
  const [grant, setGrant] = useState<PinGrant | null>(null);
  const [asking, setAsking] = useState(false);
  const [looked, setLooked] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const [untilMs, setUntilMs] = useState(0);
  const { nowMs } = app.ports.clock;
  const left = useCountdown(untilMs, nowMs, () => {
    setFailure(null);
    announce(t("signin.wait_over"));
  });

  async function ask(): Promise<void> {
    setAsking(true);
    const found = await findPinGrant(app, person)
      .then(async (known) => known ?? (await askForPinGrant(app, person)))
      .catch(() => null);
    setGrant(found);
    setAsking(false);
  }

  useEffect(() => void ask(), [app, person]);

  async function look(): Promise<void> {
    await ask();
    setLooked(true);
  }

  async function submit(code: string, pin: string): Promise<void> {
    if (busy) return;
    setBusy(true);
    try {
      const result = await resetPin(app, { person, code, pin });
      setFailure(result.ok ? null : result);
      if (!result.ok) setUntilMs(nowMs() + (result.waitSeconds ?? 0) * 1000);
    } catch (error) {
      console.error("a new PIN could not be kept", error);
      setFailure({ ok: false, code: "not_opened" });
    } finally {
      setBusy(false);
    }
  }

  return { grant, asking, looked, look, failure, busy, left, submit };
}

function ForgotForm({ onBack, ...props }: Whose & { onBack: () => void }) {
  const { grant, asking, looked, look, failure, busy, left, submit } = useForgot(props);
  const [code, setCode] = useState("");
  const [pin, setPin] = useState("");
  const [name, setName] = useState("");
  // The choice of people is out of sight meanwhile.
  useEffect(() => void nameOnPhone(props.app, props.person).then(setName), [props.app, props.person]);
  return (
    <form
      class="card stack"
      noValidate
      data-testid="forgot-form"
      data-state={grant !== null ? "granted" : asking ? "asking" : "code"}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(code, pin);
      }}
    >
      <h2>{t("forgot.title", { name })}</h2>
      <p>{t("forgot.safe")}</p>
      {grant !== null ? (
        <Notice tone="pine" icon="check" live>
          <p>{t("forgot.granted", { name: grant.byName })}</p>
        </Notice>
      ) : (
        <>
          <p>{t("forgot.call")}</p>
          <ThisPhone app={props.app} person={props.person} looks={asking} />
          <Button look="plain" icon="sync" disabled={asking} onClick={() => void look()} data-testid="forgot-ask">
            {asking ? t("forgot.asking") : t("forgot.ask")}
          </Button>
          <p class="small" role="status">
            {looked && !asking ? t("forgot.not_yet") : ""}
          </p>
          <TextField
            id="reset-code"
            data-testid="reset-code"
            label={t("forgot.code")}
            hint={t("forgot.code_hint")}
            error={failure?.code === "reset_code" ? t("forgot.wrong_code") : undefined}
            value={code}
            onInput={setCode}
            maxLength={40}
          />
        </>
      )}
      <TextField
        id="reset-pin"
        data-testid="reset-pin"
        label={t("signin.pin_new")}
        hint={t("signin.pin_new_hint")}
        error={pinProblem(failure)}
        value={pin}
        onInput={setPin}
        inputMode="numeric"
        maxLength={12}
      />
      {failure?.code === "not_opened" && (
        <Notice tone="amber" icon="alert" live>
          <p>{t("signin.not_opened")}</p>
        </Notice>
      )}
      <Button type="submit" wide disabled={busy || left > 0} data-testid="reset-submit">
        {left > 0 ? t("signin.wait_left", { count: left }) : busy ? t("app.loading") : t("forgot.submit")}
      </Button>
      <Button look="quiet" wide onClick={onBack} data-testid="forgot-back">
        {t("forgot.back")}
      </Button>
    </form>
  );
}

function pinProblem(failure: Failure | null): string | undefined {
  switch (failure?.code) {
    case "pin_format":
      return t("signin.pin_format");
    case "wait":
      return t("signin.wait");
    case undefined:
    case "not_opened":
    case "reset_code":
      return undefined;
    default:
      return t("signin.unknown_person");
  }
}
