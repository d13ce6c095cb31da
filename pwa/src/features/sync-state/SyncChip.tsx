/** The mark and few words at the top of each screen that say honestly where the person's records are. */
import { t } from "../../i18n/messages.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import type { Tone } from "../../ui/Status.tsx";
import type { Session } from "../../use-cases/session.ts";
import { type SyncChip as ChipState, type SyncState, syncState } from "../../use-cases/sync-now.ts";

const LOOKS: Record<ChipState, { icon: IconName; tone: Tone }> = {
  "all-received": { icon: "check", tone: "pine" },
  waiting: { icon: "clock", tone: "amber" },
  offline: { icon: "offline", tone: "ash" },
  "needs-you": { icon: "alert", tone: "berry" },
};

export function SyncChip({ session }: { session: Session }) {
  const state = syncState(session).value;
  const { icon, tone } = LOOKS[state.chip];
  const words = chipWords(state);
  return (
    <a
      class="chip"
      href="/me/sync"
      data-testid="sync-chip"
      data-state={state.chip}
      data-waiting={state.waiting}
      data-work={state.work}
      aria-label={t("chip.open", { state: words })}
    >
      <span class="chip-face">
        <span class={`status tone-${tone}`}>
          <Icon name={icon} />
        </span>
        <span>{words}</span>
      </span>
    </a>
  );
}

export function chipWords({ chip, waiting, work, kept, problem }: SyncState): string {
  switch (chip) {
    case "all-received":
      return t("chip.all_received");
    case "waiting":
      return work > 0 ? t("chip.waiting", { count: work }) : t("chip.not_yet");
    case "offline":
      return t(kept > 0 && kept === waiting ? "chip.at_hub" : "chip.offline");
    case "needs-you":
      return problem === "sign_in_required" ? t("chip.needs_sign_in") : t("chip.needs_you");
  }
}
