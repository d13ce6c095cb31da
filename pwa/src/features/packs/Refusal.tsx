/** Why a pack was not installed, in words that also say what still works. */
import { type MessageKey, t } from "../../i18n/messages.ts";
import { Notice } from "../../ui/Status.tsx";
import type { PackView } from "../../use-cases/read-catalogue.ts";

export function Refusal({ code }: { code: NonNullable<PackView["refusal"]> }) {
  const waits = code === "offline" || code === "server";
  return (
    <div data-testid="pack-refusal" data-code={code}>
      <Notice tone={waits ? "amber" : "berry"} icon={waits ? "offline" : "alert"} live>
        <p>
          {code === "offline"
            ? t("pack.waiting_network")
            : code === "server"
              ? t("pack.waiting_server")
              : t(`pack_refused.${code}` satisfies MessageKey)}
        </p>
      </Notice>
    </div>
  );
}
