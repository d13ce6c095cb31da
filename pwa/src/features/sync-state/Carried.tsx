/** The files that are on this phone to be handed in: copies of the person's own records, and what is carried for others. Owns how each is shown. */
import { useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayGoing, sayOwnState } from "../../i18n/file-words.ts";
import { t } from "../../i18n/messages.ts";
import { sayMoment, sayWhen } from "../../i18n/moments.ts";
import { Button } from "../../ui/Button.tsx";
import type { IconName } from "../../ui/Icon.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type CarriedFile, handCarried, letGo, readCarried } from "../../use-cases/carry.ts";
import type { Session } from "../../use-cases/session.ts";

function useCarried(session: Session, own: boolean): CarriedFile[] {
  return useLive(() => live(["carried", "rows"], () => readCarried(session)), [session])?.filter((one) => one.own === own) ?? [];
}

/** Nobody's but the person's own, whichever of their phones made them. */
export function OwnCopies({ session }: { session: Session }) {
  const copies = useCarried(session, true);
  if (copies.length === 0) return null;
  return (
    <div class="stack-tight" data-testid="own-copies" data-count={copies.filter((one) => one.state === "waiting").length}>
      <h3>{t("carry.own_copies")}</h3>
      <p class="small quiet">{t("carry.own_copies_text")}</p>
      <List>
        {copies.map((one) => (
          <FileRow key={one.file} session={session} one={one} />
        ))}
      </List>
    </div>
  );
}

export function Carried({ session }: { session: Session }) {
  const carried = useCarried(session, false);
  if (carried.length === 0) return null;
  const count = carried.filter((one) => one.state === "waiting").length;
  return (
    <div class="stack-tight" data-testid="carried" data-count={count}>
      <h3>{count === 0 ? t("carry.carried_done") : t("carry.carried", { count })}</h3>
      {count > 0 && <p class="small quiet">{t("carry.carried_text")}</p>}
      <List>
        {carried.map((one) => (
          <FileRow key={one.file} session={session} one={one} />
        ))}
      </List>
    </div>
  );
}

const ICONS: Record<CarriedFile["state"], IconName> = { delivered: "check", refused: "alert", waiting: "clock" };

function FileRow({ session, one }: { session: Session; one: CarriedFile }) {
  const { kind, state, file } = one;
  const nowMs = session.app.ports.clock.nowMs();
  const { title, words } = wordsOf(one, nowMs);
  const [saved, setSaved] = useState<string | undefined>(undefined);

  async function give(): Promise<void> {
    const given = await handCarried(session, file);
    setSaved(given?.how === "saved" ? given.fileName : undefined);
  }

  return (
    <ListRow
      icon={ICONS[state]}
      title={title}
      data-testid="carried-file"
      data-kind={kind}
      data-state={state}
      data-code={one.code}
      data-own={one.own}
      data-going={one.going !== undefined}
      data-given={one.givenMs !== undefined}
    >
      <span class="small quiet">{words}</span>
      <span class="small" role="status">
        {saved !== undefined
          ? t("carry.given_saved", { file: saved })
          : one.givenMs !== undefined && t("carry.given", { time: sayWhen(one.givenMs, nowMs) })}
      </span>
      <span class="row">
        {state !== "delivered" && (
          <Button look="quiet" onClick={() => void give()} data-testid="carried-give">
            {t("carry.give")}
          </Button>
        )}
        {(state !== "waiting" || kind === "receipts") && (
          <Button look="quiet" onClick={() => void letGo(session, file)} data-testid="carried-let-go">
            {t("carry.let_go")}
          </Button>
        )}
      </span>
    </ListRow>
  );
}

function wordsOf(one: CarriedFile, nowMs: number): { title: string; words: string } {
  const { own, name, kind, state, madeMs, going } = one;
  if (own && kind === "receipts") return { title: t("carry.own_receipts"), words: t("carry.own_receipts_bring") };
  if (own) return { title: t("carry.own_title", { time: sayMoment(madeMs, nowMs) }), words: sayOwnState(one) };
  const where =
    state === "waiting" && kind === "receipts"
      ? t("carry.state_bring", { name })
      : going !== undefined
        ? sayGoing(going)
        : t(`carry.state_${state}`, { name });
  const title = t(kind === "receipts" ? "carry.receipts_for" : "carry.records_of", { name });
  return { title, words: `${where} · ${sayWhen(madeMs, nowMs)}` };
}
