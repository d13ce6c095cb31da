/** Says honestly that the browser cleared the store, or that an older state of it came back: how much the server has, how much never arrived, what to do. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Status.tsx";
import { forgetGone, type GonePerson, readGone } from "../use-cases/gone.ts";
import type { AppCore } from "../use-cases/session.ts";
import { UnarrivedNotice } from "./UnarrivedNotice.tsx";

export function WipedNotice({ app }: { app: AppCore }) {
  return (
    <>
      <GoneNotice app={app} />
      <UnarrivedNotice app={app} />
    </>
  );
}

function GoneNotice({ app }: { app: AppCore }) {
  const [people, setPeople] = useState<GonePerson[]>([]);
  useEffect(() => void readGone(app).then(setPeople), [app]);
  if (people.length === 0) return null;
  const cleared = people.some((one) => one.cleared);
  return (
    <div class="notice-bar" data-testid="store-gone" data-cleared={cleared}>
      <Notice tone="amber" icon="alert" live>
        <strong>{t(cleared ? "wiped.title" : "restored.title")}</strong>
        <p>{t(cleared ? "wiped.text" : "restored.text")}</p>
        {people.map(({ name, back, lost }) => (
          <div key={name}>
            {back > 0 && <p data-testid="gone-back">{t("wiped.back", { name, count: back })}</p>}
            {lost > 0 && <p data-testid="gone-lost">{t("wiped.lost", { name, count: lost })}</p>}
          </div>
        ))}
        {people.some(({ lost }) => lost > 0) && <p>{t("wiped.todo")}</p>}
        <div>
          <Button look="plain" onClick={() => void forgetGone(app)}>
            {t("wiped.close")}
          </Button>
        </div>
      </Notice>
    </div>
  );
}
