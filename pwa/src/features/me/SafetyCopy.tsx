/** Offered on Me when the oldest record has waited long: a safety copy, one tap. */
import { useEffect, useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayMade, sayNextFile } from "../../i18n/file-words.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { useLive } from "../../ui/use-live.ts";
import { keepForwarding } from "../../use-cases/carry.ts";
import { handOn, type Rest } from "../../use-cases/hand-on.ts";
import { readWaiting } from "../../use-cases/receipts.ts";
import type { Session } from "../../use-cases/session.ts";

const OLD_MS = 7 * 86_400_000;

export function SafetyCopy({ session }: { session: Session }) {
  const waiting = useLive(() => live(["events", "sync", "receipts"], () => readWaiting(session)), [session]);
  useEffect(() => keepForwarding(session), [session]);
  const [words, setWords] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [rest, setRest] = useState<Rest | undefined>(undefined);
  const nowMs = session.app.ports.clock.nowMs();
  const isDue = waiting?.some(({ oldestMs }) => nowMs - oldestMs > OLD_MS) === true;
  if (!isDue) return null;

  async function copy(): Promise<void> {
    setBusy(true);
    try {
      const made = await handOn(session, "everything", rest);
      if (made.ok && made.how === "cancelled") return;
      setRest(made.ok ? made.file.rest : undefined);
      setWords(sayMade("everything", made));
    } catch (error) {
      console.error("a safety copy could not be made", error);
      setWords([t("carry.not_made")]);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section class="card" data-testid="safety-copy-due">
      <h2>{t("carry.copy_due")}</h2>
      <p class="small quiet">{t("carry.copy_text")}</p>
      <Button look="plain" icon="phone" disabled={busy} onClick={() => void copy()} data-testid="safety-copy">
        {sayNextFile(rest, t("carry.copy"))}
      </Button>
      <div class="small stack-tight" role="status">
        {words.map((one) => (
          <p key={one}>{one}</p>
        ))}
      </div>
    </section>
  );
}
