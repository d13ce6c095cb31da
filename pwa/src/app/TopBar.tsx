/** The bar on top: the way back or the name of the app, and at its end the sync chip (before sign-in, the language). */
import { SyncChip } from "../features/sync-state/SyncChip.tsx";
import { language } from "../i18n/language.ts";
import { t } from "../i18n/messages.ts";
import { Icon } from "../ui/Icon.tsx";
import { goBack, path } from "../ui/location.ts";
import type { AppCore, Session } from "../use-cases/session.ts";
import { changeSettings } from "../use-cases/settings.ts";
import { matchRoute } from "./routes.ts";

export function TopBar({ app, session }: { app: AppCore; session: Session | null }) {
  const above = session === null ? undefined : matchRoute(path.value).above;
  return (
    <header class="top">
      <div class="top-inner">
        {above === undefined ? <Wordmark /> : <BackButton above={above} />}
        {session === null ? <OtherLanguage app={app} /> : <SyncChip session={session} />}
      </div>
    </header>
  );
}

function BackButton({ above }: { above: string }) {
  return (
    <button class="icon-button" type="button" aria-label={t("app.back")} onClick={() => goBack(above)}>
      <Icon name="back" />
    </button>
  );
}

/** A lump of charcoal in the snow, with its ember. */
export function Wordmark() {
  return (
    <a class="wordmark" href="/">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path fill="var(--charcoal)" d="M7.5 4.2 15 3l5.3 5.6-.9 7.400L13 20.8 5.2 18.6 2.8 11Z" />
        <path fill="var(--glow)" d="m11.2 8.2 4 1.3 1 4.2-3.4 2.7-4.3-1.3-.6-4.200Z" />
      </svg>
      <span>{t("word.app_name")}</span>
    </a>
  );
}

function OtherLanguage({ app }: { app: AppCore }) {
  const other = language.value === "en" ? "zh-Hans" : "en";
  return (
    <button class="button button-quiet" type="button" lang={other} onClick={() => void changeSettings(app, { language: other })}>
      {other === "en" ? t("word.language_en") : t("word.language_zh_hans")}
    </button>
  );
}
