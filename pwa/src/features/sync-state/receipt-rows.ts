/** Receipts as a person reads them: what the server took in one minute is one row. Pure. */
import type { Receipt } from "../../use-cases/receipts.ts";

const MINUTE_MS = 60_000;

/** Newest first, as they come. A row keeps the name of its newest receipt. */
export function receiptRows(receipts: readonly Receipt[]): Receipt[] {
  const rows: Receipt[] = [];
  for (const receipt of receipts) {
    const row = rows[rows.length - 1];
    if (row === undefined || row.level !== receipt.level || minuteOf(row) !== minuteOf(receipt)) {
      rows.push({ ...receipt, kinds: { ...receipt.kinds } });
      continue;
    }
    row.count += receipt.count;
    for (const [kind, count] of Object.entries(receipt.kinds)) row.kinds[kind] = (row.kinds[kind] ?? 0) + count;
  }
  return rows;
}

function minuteOf({ receivedMs }: Receipt): number {
  return Math.floor(receivedMs / MINUTE_MS);
}
