/** The catalogue: what is on this phone, what can be had, and what it costs before a byte is spent. */
import { live } from "../../db/live.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { Empty } from "../../ui/Empty.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type PackView, readCatalogue } from "../../use-cases/read-catalogue.ts";
import type { Session } from "../../use-cases/session.ts";
import { PackCard } from "./PackCard.tsx";

export function Learn({ session }: { session: Session }) {
  const shown = language.value;
  const packs = useLive(
    () => live(["rows", "packs", "downloads", "events", "pulled"], () => readCatalogue(session, shown)),
    [session, shown],
  );
  if (packs === undefined) return <Opening label={t("app.loading")} />;
  const here = packs.filter((pack) => pack.installedVersion !== undefined);
  const elsewhere = packs.filter((pack) => pack.installedVersion === undefined);
  return (
    <Screen title={t("learn.title")}>
      {packs.length === 0 && (
        <Empty title={t("learn.empty_title")} text={t("learn.empty_text")}>
          <ButtonLink href="/me/sync">{t("learn.empty_action")}</ButtonLink>
        </Empty>
      )}
      <Group session={session} title={t("learn.on_phone")} packs={here} />
      <Group session={session} title={t("learn.to_download")} packs={elsewhere} />
    </Screen>
  );
}

function Group({ session, title, packs }: { session: Session; title: string; packs: PackView[] }) {
  if (packs.length === 0) return null;
  return (
    <section class="section">
      <h2>{title}</h2>
      <div class="stack">
        {packs.map((pack, index) => (
          <PackCard key={pack.slug} session={session} pack={pack} heading="h3" foremost={index === 0} />
        ))}
      </div>
    </section>
  );
}
