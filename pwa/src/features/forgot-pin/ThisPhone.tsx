/** Which phone this is, in the words of the trainer's page. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { describePhone } from "../../use-cases/reset-pin.ts";
import type { AppCore } from "../../use-cases/session.ts";

/** Two phones of one make have one name; what is said here stands on the trainer's page, too. */
export function ThisPhone({ app, person, looks }: { app: AppCore; person: string; looks: boolean }) {
  const [words, setWords] = useState<string | null>("");
  useEffect(() => {
    describePhone(app, person).then(
      ({ name, lastSyncMs }) => {
        const time = lastSyncMs === undefined ? t("forgot.never") : sayWhen(lastSyncMs, app.ports.clock.nowMs());
        setWords(t("forgot.phone", { name, time }));
      },
      (error: unknown) => {
        // The way in does not need it.
        console.warn("this phone could not be described", error);
        setWords(null);
      },
    );
  }, [app, person, looks]);
  if (words === null) return null;
  return (
    <p class="small" data-testid="this-phone">
      {words}
    </p>
  );
}
