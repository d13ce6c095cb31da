/** A pack that would tell what a teacher answered: one tap and its price. Where it does not come, the pack's own page says why. */
import { useState } from "preact/hooks";
import { sayBytes } from "../../i18n/amounts.ts";
import { sayPrice } from "../../i18n/media-words.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { navigate } from "../../ui/location.ts";
import { Notice } from "../../ui/Status.tsx";
import { installPack } from "../../use-cases/install-pack.ts";
import { offered, type PackView } from "../../use-cases/read-catalogue.ts";
import type { Session } from "../../use-cases/session.ts";
import { settings } from "../../use-cases/settings.ts";

export function GetPack({ session, pack }: { session: Session; pack: PackView }) {
  const [asked, setAsked] = useState(false);
  const { slug, title, progress } = pack;
  const price = offered(pack);
  if (price === undefined) return null;
  const { tier, bytes } = price;

  async function get(): Promise<void> {
    setAsked(true);
    // Goes on with the tier whose price was agreed to.
    const result = await installPack(session, slug, progress?.tier ?? tier);
    setAsked(false);
    if (result.ok) announce(t("pack.now_installed", { title }));
    else navigate(`/learn/${slug}`);
  }

  const running = asked || progress?.paused === false;
  return (
    <div data-testid="get-pack" data-pack={slug} data-bytes={bytes}>
      <Notice tone="ash" icon="info">
        <p>{t("teacher.pack_missing", { title })}</p>
        <Button look="plain" icon="download" disabled={running} onClick={() => void get()} data-testid="pack-install">
          {running ? (
            t("pack.bytes", { done: sayBytes(progress?.bytesDone ?? 0), total: sayBytes(progress?.bytesTotal ?? bytes) })
          ) : (
            <>
              {t(progress === undefined ? "pack.install" : "pack.resume")}
              <span class="pack-price" data-testid="pack-price" data-bytes={bytes}>
                {sayPrice(bytes, settings(session.app).value.yuanPerGb)}
              </span>
            </>
          )}
        </Button>
      </Notice>
    </div>
  );
}
