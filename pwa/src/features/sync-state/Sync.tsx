/** The sync page: what waits, what was received with its receipts, what was set aside, and the button. Says only what is known. */
import { useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayIn } from "../../i18n/dates.ts";
import { sayErasures } from "../../i18n/erasure-words.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { type MessageKey, t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { ErasedList } from "../../ui/ErasedList.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { useLive } from "../../ui/use-live.ts";
import { forwardCarried } from "../../use-cases/carry.ts";
import { readErasures } from "../../use-cases/erasures.ts";
import type { Session } from "../../use-cases/session.ts";
import { countCopied, readReceipts, readSetAside, readWaiting, type WaitingItem } from "../../use-cases/receipts.ts";
import { type SyncChip, syncNow, type SyncState, syncState } from "../../use-cases/sync-now.ts";
import { Carry } from "./Carry.tsx";
import { Files } from "./Files.tsx";
import { Hubs } from "./Hubs.tsx";
import { kindWords } from "./kind-words.ts";
import { Receipts } from "./Receipts.tsx";
import { SetAside } from "./SetAside.tsx";
import { SignedOut } from "./SignedOut.tsx";
import { chipWords } from "./SyncChip.tsx";

const RECEIPTS_READ_MAX = 2000;

const LOOKS = {
  "all-received": {
    tone: "pine",
    icon: "check",
    text: "sync.all_received_text",
  },
  waiting: { tone: "amber", icon: "clock", text: "sync.waiting_text" },
  offline: { tone: "ash", icon: "offline", text: "sync.offline_text" },
  "needs-you": { tone: "berry", icon: "alert", text: "sync.problem.set_aside" },
} as const satisfies Record<SyncChip, { tone: string; icon: string; text: MessageKey }>;

export function Sync({ session }: { session: Session }) {
  const waiting = useLive(() => live(["events", "sync", "receipts"], () => readWaiting(session)), [session]);
  const receipts = useLive(() => live(["receipts"], () => readReceipts(session, RECEIPTS_READ_MAX)), [session]);
  const setAside = useLive(() => live(["rows", "receipts"], () => readSetAside(session)), [session]);
  const copied = useLive(() => live(["events", "sync"], () => countCopied(session)), [session]);
  if (waiting === undefined || receipts === undefined || setAside === undefined) return <Opening label={t("app.loading")} />;
  const signedOut = syncState(session).value.problem === "sign_in_required";
  const carry = <Carry key="carry" session={session} waiting={waiting.length} signedOut={signedOut} />;
  return (
    <Screen title={t("sync.title")}>
      <StateCard session={session} />
      {signedOut && carry}
      {copied !== undefined && copied > 0 && (
        <p class="small quiet" data-testid="sync-copied" data-count={copied}>
          {t("sync.copied", { count: copied })}
        </p>
      )}
      <SetAside session={session} items={setAside} />
      <Erasures session={session} />
      <Waiting session={session} items={waiting} signedOut={signedOut} />
      <Files session={session} />
      <Hubs session={session} />
      {!signedOut && carry}
      <Receipts session={session} receipts={receipts} signedOut={signedOut} />
    </Screen>
  );
}

function Erasures({ session }: { session: Session }) {
  const items = useLive(() => live(["rows"], () => readErasures(session)), [session]) ?? [];
  return <ErasedList title={t("erased.title")} text={t("erased.text")} items={sayErasures(items, session.app.ports.clock.nowMs())} />;
}

function StateCard({ session }: { session: Session }) {
  const [asked, setAsked] = useState(false);
  const state = syncState(session).value;
  const running = (asked || state.running) && !session.engine.pausing;
  const signedOut = state.problem === "sign_in_required";
  const { tone, icon, text } = LOOKS[state.chip];
  const nowMs = session.app.ports.clock.nowMs();

  async function sync(): Promise<void> {
    setAsked(true);
    try {
      await syncNow(session);
      void forwardCarried(session).catch(() => undefined);
    } finally {
      setAsked(false);
      announce(chipWords(syncState(session).peek()));
    }
  }

  return (
    <section class="card">
      <div
        class="stack-tight"
        data-testid="sync-state"
        data-state={state.chip}
        data-waiting={state.waiting}
        data-work={state.work}
        data-problem={state.problem}
      >
        <h2 class={`row tone-${tone}`}>
          <Icon name={icon} />
          <span>{chipWords(state)}</span>
        </h2>
        <p>{wordsOf(state, text)}</p>
      </div>
      {state.kept > 0 && (
        <p class="small" data-testid="sync-at-hub" data-count={state.kept}>
          {t("sync.at_hub", { count: state.kept })}
        </p>
      )}
      <p class="small quiet">
        {state.lastSyncMs === undefined ? t("sync.never") : t("sync.last", { time: sayWhen(state.lastSyncMs, nowMs) })}
      </p>
      {state.nextTryMs !== undefined && state.nextTryMs > nowMs && (
        <p class="small" data-testid="sync-next-try">
          {t("sync.next_try", { time: sayIn("time", state.nextTryMs) })}
        </p>
      )}
      {signedOut && <SignedOut session={session} />}
      <Button wide look={signedOut ? "plain" : "main"} icon="sync" disabled={running} onClick={() => void sync()} data-testid="sync-now">
        {running ? t("sync.running") : t("sync.now")}
      </Button>
    </section>
  );
}

/** Also where only a read mark waits: then not everything was received. */
function wordsOf({ chip, problem, waiting }: SyncState, text: MessageKey): string {
  if (problem !== undefined && chip !== "offline") return t(`sync.problem.${problem}`);
  return chip === "all-received" && waiting > 0 ? t("sync.marks_wait", { count: waiting }) : t(text);
}

function Waiting({ session, items, signedOut }: { session: Session; items: WaitingItem[]; signedOut: boolean }) {
  const nowMs = session.app.ports.clock.nowMs();
  return (
    <section class="section">
      <h2>{t("sync.waits")}</h2>
      {items.length === 0 ? (
        <p class="quiet">{t(signedOut ? "sync.waits_to_check" : "sync.waits_none")}</p>
      ) : (
        <List>
          {items.map((item) => (
            <ListRow
              key={item.kind}
              icon="clock"
              title={kindWords(item.kind)}
              end={<span class="quiet">{item.count}</span>}
              data-testid="waiting-item"
              data-kind={item.kind}
              data-count={item.count}
            >
              <span class="small quiet">{t("sync.oldest", { time: sayWhen(item.oldestMs, nowMs) })}</span>
            </ListRow>
          ))}
        </List>
      )}
    </section>
  );
}
