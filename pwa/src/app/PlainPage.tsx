/** What is said when the app cannot run here at all: an unsafe address, an old browser, a store that does not open. */
import { t } from "../i18n/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Screen } from "../ui/Screen.tsx";
import type { Booted } from "./start.ts";
import { Wordmark } from "./TopBar.tsx";

export function PlainPage({ booted }: { booted: Exclude<Booted, { kind: "ready" }> }) {
  return (
    <div class="frame">
      <header class="top">
        <div class="top-inner">
          <Wordmark />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {plainScreen(booted)}
      </main>
    </div>
  );
}

function plainScreen(booted: Exclude<Booted, { kind: "ready" }>) {
  switch (booted.kind) {
    case "insecure":
      return (
        <Screen title={t("insecure.title")}>
          <p>{t("insecure.text")}</p>
          <p>{t("insecure.todo")}</p>
          <p class="small quiet">{booted.address}</p>
        </Screen>
      );
    case "unsupported":
      return (
        <Screen title={t("unsupported.title")}>
          <p>{t("unsupported.text")}</p>
          <p class="small quiet">{t("crash.details", { detail: booted.missing.join(", ") })}</p>
        </Screen>
      );
    case "broken":
      return (
        <Screen title={t("storage.title")}>
          <p>{t(booted.code.includes("storage blocked") ? "storage.blocked" : "storage.text")}</p>
          <Button onClick={() => location.reload()}>{t("crash.reload")}</Button>
          <p class="small quiet">{t("crash.details", { detail: booted.code })}</p>
        </Screen>
      );
  }
}
