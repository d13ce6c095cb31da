/** Offered on Me when the oldest record has waited long: a safety copy, one tap. */
import { useEffect, useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { useLive } from "../../ui/use-live.ts";
import { keepForwarding } from "../../use-cases/carry.ts";
import { handOn } from "../../use-cases/hand-on.ts";
import { readWaiting } from "../../use-cases/receipts.ts";
import type { Session } from "../../use-cases/session.ts";

const OLD_MS = 7 * 86_400_000;

export function SafetyCopy({ session }: { session: Session }) {
  const waiting = useLive(() => live(["events", "sync", "receipts"], () => readWaiting(session)), [session]);
  useEffect(() => keepForwarding(session), [session]);
  const [words, setWords] = useState("");
  const nowMs = session.app.ports.clock.nowMs();
  const isDue = waiting?.some(({ oldestMs }) => nowMs - oldestMs > OLD_MS) === true;
  if (!isDue) return null;

  async function copy(): Promise<void> {
    const made = await handOn(session, "everything");
    if (!made.ok) return setWords(t(`carry.${made.code}`));
    const { events: count, fileName: file } = made.file;
    if (made.how !== "cancelled") setWords(t(`carry.copied_${made.how}`, { count, file }));
  }

  return (
    <section class="card" data-testid="safety-copy-due">
      <h2>{t("carry.copy_due")}</h2>
      <p class="small quiet">{t("carry.copy_text")}</p>
      <Button look="plain" icon="phone" onClick={() => void copy()} data-testid="safety-copy">
        {t("carry.copy")}
      </Button>
      {words !== "" && (
        <p class="small" role="status">
          {words}
        </p>
      )}
    </section>
  );
}
