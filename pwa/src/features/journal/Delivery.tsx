/** Where one piece of writing is: only here, with the server, in doubt, or set aside. */
import { t } from "../../i18n/messages.ts";
import { Status } from "../../ui/Status.tsx";
import type { EntrySummary } from "../../use-cases/journal.ts";

export function Delivery({ delivery }: { delivery: EntrySummary["delivery"] }) {
  switch (delivery) {
    case "received":
      return (
        <Status tone="pine" icon="check">
          {t("journal.received")}
        </Status>
      );
    case "at_hub":
      return (
        <Status tone="amber" icon="clock">
          {t("journal.at_hub")}
        </Status>
      );
    case "waiting":
      return (
        <Status tone="amber" icon="clock">
          {t("journal.waiting")}
        </Status>
      );
    case "to_check":
      return (
        <Status tone="amber" icon="clock">
          {t("journal.to_check")}
        </Status>
      );
    case "set_aside":
      return (
        <Status tone="berry" icon="alert">
          {t("journal.set_aside")}
        </Status>
      );
  }
}
