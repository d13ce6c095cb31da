/** What is said when a screen broke or is not there. */
import { t } from "../i18n/messages.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Screen } from "../ui/Screen.tsx";

export function CrashScreen({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Screen title={t("crash.title")}>
      <p>{t("crash.safe")}</p>
      <div class="row">
        <Button onClick={onRetry}>{t("crash.reload")}</Button>
        <ButtonLink look="plain" href="/">
          {t("crash.today")}
        </ButtonLink>
      </div>
      <p class="small quiet">
        {t("crash.details", {
          detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
        })}
      </p>
    </Screen>
  );
}
