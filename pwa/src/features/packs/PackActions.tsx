/** What a person can do with a pack now: choose a tier and download, pause, go on, update. Shows every price first. */
import { useState } from "preact/hooks";
import { sayBytes } from "../../i18n/amounts.ts";
import { sayMoney } from "../../i18n/money.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import { installPack, pauseInstall } from "../../use-cases/install-pack.ts";
import { offered, type PackTier, type PackView } from "../../use-cases/read-catalogue.ts";
import type { Session } from "../../use-cases/session.ts";
import { syncState } from "../../use-cases/sync-now.ts";
import { settings } from "../../use-cases/settings.ts";

interface PackActionsProps {
  session: Session;
  pack: PackView;
  foremost: boolean;
}

export function PackActions(props: PackActionsProps) {
  const { state } = props.pack;
  if (state === "downloading") return <Downloading {...props} />;
  if (state === "available" || state === "update") return <Offer {...props} />;
  return null;
}

function Offer({ session, pack, foremost }: PackActionsProps) {
  const [chosen, setChosen] = useState<PackTier>(() => pack.tier ?? offered(pack)?.tier ?? "text");
  const [asked, setAsked] = useState(false);
  const price = pack.prices.find(({ tier }) => tier === chosen) ?? pack.prices[0];
  if (price === undefined) return null;

  async function install(tier: PackTier): Promise<void> {
    setAsked(true);
    const result = await installPack(session, pack.slug, tier);
    setAsked(false);
    if (result.ok) announce(t("pack.now_installed", { title: pack.title }));
  }

  return (
    <div class="stack pack-above">
      {pack.prices.length > 1 && pack.state === "available" && (
        <fieldset class="field">
          <legend class="visually-hidden">{t("pack.choose_tier")}</legend>
          <div class="options">
            {pack.prices.map(({ tier, bytes }) => (
              <label key={tier} class={tier === chosen ? "option option-on" : "option"} data-testid={`tier-${tier}`} data-bytes={bytes}>
                <input type="radio" name={`tier-${pack.slug}`} checked={tier === chosen} onChange={() => setChosen(tier)} />
                <span class="option-mark">{tier === chosen && <Icon name="check" />}</span>
                <span>{t(`tier.${tier}`)}</span>
                <span class="option-end small quiet">{sayBytes(bytes)}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <Button
        wide
        look={foremost ? "main" : "plain"}
        icon="download"
        disabled={asked}
        onClick={() => void install(price.tier)}
        data-testid="pack-install"
      >
        {pack.state === "update" ? t("pack.install_update") : t("pack.install")}
        <span class="pack-price" data-testid="pack-price" data-bytes={price.bytes}>
          {priceWords(session, pack, price.bytes)}
        </span>
      </Button>
    </div>
  );
}

function priceWords(session: Session, pack: PackView, bytes: number): string {
  const size = pack.state === "update" ? t("pack.at_most", { size: sayBytes(bytes) }) : sayBytes(bytes);
  const { yuanPerGb } = settings(session.app).value;
  return yuanPerGb > 0 ? t("pack.price_money", { size, money: sayMoney(bytes, yuanPerGb) }) : size;
}

function Downloading({ session, pack, foremost }: PackActionsProps) {
  // Goes on with the tier whose price the person agreed to.
  const { tier = offered(pack)?.tier ?? "text", bytesDone = 0, bytesTotal = 0, paused = true } = pack.progress ?? {};
  const offline = syncState(session).value.chip === "offline" && !session.app.ports.connectivity.isOnline();
  const words = t("pack.bytes", {
    done: sayBytes(bytesDone),
    total: sayBytes(bytesTotal),
  });
  return (
    <div class="stack pack-above">
      <div class="stack-tight">
        <ProgressBar
          label={t("pack.progress_label", { title: pack.title })}
          value={bytesTotal > 0 ? bytesDone / bytesTotal : 0}
          text={words}
        />
        <p class="small quiet" data-testid="pack-bytes" data-done={bytesDone} data-total={bytesTotal}>
          {words}
        </p>
      </div>
      {paused && offline ? (
        <p class="small" role="status">
          {t("pack.waiting_network")}
        </p>
      ) : paused ? (
        <Button
          wide
          look={foremost ? "main" : "plain"}
          icon="download"
          onClick={() => void installPack(session, pack.slug, tier)}
          data-testid="pack-install"
        >
          {t("pack.resume")}
        </Button>
      ) : (
        <Button wide look="plain" icon="pause" onClick={() => void pauseInstall(session, pack.slug)} data-testid="pack-pause">
          {t("pack.pause")}
        </Button>
      )}
    </div>
  );
}
