/** Notifications where the browser has them; said plainly where it has not. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { type PushState, readPushState, turnPushOff, turnPushOn } from "../../use-cases/push.ts";
import type { Session } from "../../use-cases/session.ts";

type Shown = PushState | "offline" | "refused";

export function PushSetting({ session }: { session: Session }) {
  const [state, setState] = useState<Shown | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    readPushState(session).then(setState, () => setState("unsupported"));
  }, [session]);
  if (state === undefined) return null;

  async function turn(change: (session: Session) => Promise<Shown>): Promise<void> {
    setBusy(true);
    setState(await change(session).catch((): Shown => "offline"));
    setBusy(false);
  }

  return (
    <section class="section" data-testid="push" data-state={state}>
      <h2>{t("settings.push")}</h2>
      <p class="quiet" role="status">
        {words(state)}
      </p>
      {(state === "off" || state === "offline" || state === "refused") && (
        <Button look="plain" disabled={busy} onClick={() => void turn(turnPushOn)}>
          {t("settings.push_on")}
        </Button>
      )}
      {state === "on" && (
        <Button look="plain" disabled={busy} onClick={() => void turn(turnPushOff)}>
          {t("settings.push_off")}
        </Button>
      )}
    </section>
  );
}

function words(state: Shown): string {
  switch (state) {
    case "unsupported":
      return t("settings.push_unsupported");
    case "denied":
      return t("settings.push_denied");
    case "on":
      return t("settings.push_is_on");
    case "off":
      return t("settings.push_text");
    case "offline":
      return t("settings.push_failed");
    case "refused":
      return t("error.push_endpoint_refused");
  }
}
