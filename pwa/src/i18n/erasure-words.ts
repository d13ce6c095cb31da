/** Words about what was erased by right, which several screens share. */
import type { ErasureItem } from "../use-cases/erasures.ts";
import { t } from "./messages.ts";
import { sayMoment } from "./moments.ts";

export function sayErasures(items: readonly ErasureItem[], nowMs: number): { id: string; title: string; reason: string; when: string }[] {
  return items.map(({ erasure, what, office, name, reason, atMs }) => ({
    id: erasure,
    title: t(name === "" ? `erased.${what}` : `erased.${what}_of`, { office, name }),
    reason: t("erased.reason", { reason }),
    when: sayMoment(atMs, nowMs),
  }));
}
