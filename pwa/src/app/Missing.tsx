/** What is said for an address that means nothing. */
import { t } from "../i18n/messages.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Screen } from "../ui/Screen.tsx";

export function Missing() {
  return (
    <Screen title={t("missing.title")}>
      <p>{t("missing.text")}</p>
      <ButtonLink href="/">{t("crash.today")}</ButtonLink>
    </Screen>
  );
}
