/** The settings of this phone: language, size of text, light or dark, price of data, PIN, notifications. */
import { useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayBytes } from "../../i18n/amounts.ts";
import { t } from "../../i18n/messages.ts";
import { TextField } from "../../ui/Field.tsx";
import { Options } from "../../ui/Options.tsx";
import { Screen } from "../../ui/Screen.tsx";
import { useLive } from "../../ui/use-live.ts";
import type { Session } from "../../use-cases/session.ts";
import { readStorage } from "../../use-cases/read-me.ts";
import { changeSettings, type Settings as SettingsView, settings, type TextSize } from "../../use-cases/settings.ts";
import { PushSetting } from "./PushSetting.tsx";
import "./settings.css";

const SIZES: readonly TextSize[] = [1, 2, 3, 4];

export function Settings({ session }: { session: Session }) {
  const { app } = session;
  const chosen = settings(app).value;
  const change = (part: Partial<SettingsView>) => void changeSettings(app, part);
  return (
    <Screen title={t("settings.title")}>
      <Looks chosen={chosen} change={change} />
      <section class="section">
        <Options
          name="pin"
          inline
          label={t("settings.ask_pin")}
          value={chosen.alwaysAskPin ? "always" : "switch"}
          options={[
            { value: "switch", label: t("settings.ask_pin_switch") },
            { value: "always", label: t("settings.ask_pin_always") },
          ]}
          onChange={(when) => change({ alwaysAskPin: when === "always" })}
        />
      </section>
      <section class="section">
        <Price yuanPerGb={chosen.yuanPerGb} onChange={(yuanPerGb) => change({ yuanPerGb })} />
      </section>
      <PushSetting session={session} />
      <Storage session={session} />
    </Screen>
  );
}

interface LooksProps {
  chosen: SettingsView;
  change: (part: Partial<SettingsView>) => void;
}

function Looks({ chosen, change }: LooksProps) {
  return (
    <>
      <section class="section">
        <Options
          name="language"
          inline
          label={t("settings.language")}
          value={chosen.language}
          options={[
            {
              value: "zh-Hans",
              label: t("word.language_zh_hans"),
              lang: "zh-Hans",
            },
            { value: "en", label: t("word.language_en"), lang: "en" },
          ]}
          onChange={(language) => change({ language })}
        />
      </section>
      <section class="section">
        <Options
          name="text-size"
          inline
          label={t("settings.text_size")}
          value={chosen.textSize}
          options={SIZES.map((size) => ({
            value: size,
            label: t(`settings.size_${size}`),
          }))}
          onChange={(textSize) => change({ textSize })}
        />
        <p class="sample">{t("settings.sample")}</p>
      </section>
      <section class="section">
        <Options
          name="theme"
          inline
          label={t("settings.theme")}
          value={chosen.theme}
          options={[
            { value: "auto", label: t("settings.theme_auto") },
            { value: "light", label: t("settings.theme_light") },
            { value: "dark", label: t("settings.theme_dark") },
          ]}
          onChange={(theme) => change({ theme })}
        />
      </section>
    </>
  );
}

function Price({ yuanPerGb, onChange }: { yuanPerGb: number; onChange: (yuan: number) => void }) {
  const [typed, setTyped] = useState(yuanPerGb > 0 ? String(yuanPerGb) : "");
  return (
    <TextField
      id="price"
      data-testid="data-price"
      label={t("settings.money_label")}
      hint={t("settings.money_hint")}
      inputMode="decimal"
      maxLength={7}
      value={typed}
      onInput={(text) => {
        setTyped(text);
        const yuan = Number(text.replace(",", ".").replace("。", "."));
        if (Number.isFinite(yuan) && yuan >= 0) onChange(yuan);
      }}
    />
  );
}

function Storage({ session }: { session: Session }) {
  const storage = useLive(() => live(["packs", "downloads"], () => readStorage(session.app)), [session]);
  if (storage === undefined) return null;
  const parts = [
    storage.freeBytes === undefined ? "" : t("settings.storage_free", { size: sayBytes(storage.freeBytes) }),
    storage.persisted ? t("settings.storage_kept") : t("settings.storage_not_kept"),
  ].filter((part) => part !== "");
  return (
    <section class="section">
      <h2>{t("settings.storage")}</h2>
      <p class="quiet">{parts.join(" ")}</p>
    </section>
  );
}
