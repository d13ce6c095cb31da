/** Says once, and honestly, that the browser cleared the store, and what had not gone out by then. */
import { useState } from "preact/hooks";
import { t } from "../i18n/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Status.tsx";
import { forgetWiped } from "../use-cases/forget-wiped.ts";
import type { AppCore } from "../use-cases/session.ts";
import type { WipedStore } from "./start.ts";

export function WipedNotice({ wiped, app }: { wiped: WipedStore | null; app: AppCore }) {
  const [closed, setClosed] = useState(false);
  if (wiped === null || closed) return null;
  return (
    <div class="notice-bar">
      <Notice tone="amber" icon="alert" live>
        <strong>{t("wiped.title")}</strong>
        <p>{t("wiped.text")}</p>
        {wiped.people.map(({ name, lost }) =>
          lost === undefined || lost === 0 ? null : <p key={name}>{t("wiped.lost", { name, count: lost })}</p>,
        )}
        <div>
          <Button
            look="plain"
            onClick={() => {
              void forgetWiped(app);
              setClosed(true);
            }}
          >
            {t("wiped.close")}
          </Button>
        </div>
      </Notice>
    </div>
  );
}
