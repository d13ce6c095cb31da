/** What the server proved to have, newest first, a row for what was told at once. */
import { useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { t } from "../../i18n/messages.ts";
import { sayMoment } from "../../i18n/moments.ts";
import { Button } from "../../ui/Button.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { useLive } from "../../ui/use-live.ts";
import { countFilesLeft } from "../../use-cases/blobs.ts";
import type { Receipt } from "../../use-cases/receipts.ts";
import type { Session } from "../../use-cases/session.ts";
import { kindWords } from "./kind-words.ts";
import { receiptRows } from "./receipt-rows.ts";

const RECEIPT_ROWS_SHOWN = 20;

export function Receipts({ session, receipts, signedOut }: { session: Session; receipts: Receipt[]; signedOut: boolean }) {
  const nowMs = session.app.ports.clock.nowMs();
  const [shown, setShown] = useState(RECEIPT_ROWS_SHOWN);
  const rows = receiptRows(receipts);
  const { atServer = 0 } = useLive(() => live(["blobs", "sync"], () => countFilesLeft(session)), [session]) ?? {};
  return (
    <section class="section">
      <h2>{t("sync.receipts")}</h2>
      <p class="small quiet">
        {t(receipts.length === 0 ? "sync.receipts_none" : signedOut ? "sync.receipts_to_check" : "sync.receipts_text")}
      </p>
      {atServer > 0 && !signedOut && (
        <p class="small" data-testid="receipt-files" data-count={atServer}>
          {t("sync.receipt_files", { count: atServer })}
        </p>
      )}
      {receipts.length > 0 && (
        <List>
          {rows.slice(0, shown).map((receipt) => (
            <ListRow
              key={`${receipt.stream} ${receipt.first}`}
              icon={receipt.level === "set_aside" ? "alert" : signedOut ? "clock" : "check"}
              title={t("sync.receipt", {
                count: receipt.count,
                time: sayMoment(receipt.receivedMs, nowMs),
              })}
              data-testid="receipt"
              data-first={receipt.first}
              data-count={receipt.count}
              data-level={receipt.level}
            >
              <span class="small quiet">
                {receipt.level === "in_backup" && `${t("sync.in_backup")} · `}
                {Object.entries(receipt.kinds)
                  .map(([kind, count]) => t("sync.kind_count", { kind: kindWords(kind), count }))
                  .join(" · ")}
              </span>
            </ListRow>
          ))}
        </List>
      )}
      {rows.length > shown && (
        <Button look="plain" onClick={() => setShown(shown + RECEIPT_ROWS_SHOWN)}>
          {t("sync.receipts_more")}
        </Button>
      )}
    </section>
  );
}
