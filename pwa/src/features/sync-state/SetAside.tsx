/** What the server set aside, why, and what became of it: released into the record, answered, or still waiting. */
import { tKnown } from "../../i18n/known.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Status } from "../../ui/Status.tsx";
import { markSetAsideSeen, type SetAsideItem } from "../../use-cases/receipts.ts";
import type { Session } from "../../use-cases/session.ts";
import { kindWords } from "./kind-words.ts";

export function SetAside({ session, items }: { session: Session; items: SetAsideItem[] }) {
  if (items.length === 0) return null;
  return (
    <section class="section">
      <h2>{t("sync.set_aside")}</h2>
      <p class="small quiet">{t("sync.set_aside_text")}</p>
      <ul class="stack">
        {items.map((item) => (
          <Item key={`${item.stream} ${item.seq}`} session={session} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Item({ session, item }: { session: Session; item: SetAsideItem }) {
  const released = item.became === "released";
  return (
    <li class="card" data-testid="set-aside-item" data-code={item.code} data-seen={item.seen} data-became={item.became ?? "waiting"}>
      <p class="label">{item.kind === undefined ? t("event.other") : kindWords(item.kind)}</p>
      {released ? (
        <Status tone="pine" icon="check">
          {t("sync.set_aside_released")}
        </Status>
      ) : (
        <p>{tKnown(`set_aside.${item.code}`, {}, "set_aside.malformed_event")}</p>
      )}
      {item.text !== undefined && (
        <p class="words quiet" dir="auto">
          {item.text}
        </p>
      )}
      {item.answer !== undefined && (
        <>
          <p class="label">{t("sync.set_aside_answer")}</p>
          <p class="words" dir="auto" data-testid="set-aside-answer">
            {item.answer}
          </p>
        </>
      )}
      <p class="small quiet">
        {t("crash.details", {
          detail: `${item.code} · ${item.stream.slice(0, 6)} ${item.seq}`,
        })}
      </p>
      {!item.seen && !released && (
        <Button look="plain" onClick={() => void markSetAsideSeen(session, item)}>
          {t("sync.set_aside_seen")}
        </Button>
      )}
    </li>
  );
}
