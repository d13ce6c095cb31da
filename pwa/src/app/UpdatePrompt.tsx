/** Offers a new version when one lies ready; never while something is open that a reload would disturb. */
import { useState } from "preact/hooks";
import { t } from "../i18n/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Status.tsx";
import type { AppCore } from "../use-cases/session.ts";
import { applyUpdate } from "../use-cases/take-update.ts";
import { updateReady } from "../use-cases/update-app.ts";

export function UpdatePrompt({ app }: { app: AppCore }) {
  const [later, setLater] = useState(false);
  if (!updateReady(app).value || later) return null;
  return (
    <div class="notice-bar">
      <Notice tone="ash" icon="download" live>
        <p>{t("update.ready")}</p>
        <div class="row">
          <Button look="plain" onClick={() => void applyUpdate(app)}>
            {t("update.apply")}
          </Button>
          <Button look="quiet" onClick={() => setLater(true)}>
            {t("update.later")}
          </Button>
        </div>
      </Notice>
    </div>
  );
}
