/** What the server told this person, newest first. Opening the page counts as having seen it. */
import { useEffect, useRef } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { tKnown } from "../../i18n/known.ts";
import { t } from "../../i18n/messages.ts";
import { List, ListRow } from "../../ui/List.tsx";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type InboxView, listInbox, markInboxRead } from "../../use-cases/inbox.ts";
import type { Session } from "../../use-cases/session.ts";

export function Inbox({ session }: { session: Session }) {
  const items = useLive(() => live(["rows", "places", "events", "pulled"], () => listInbox(session)), [session]);
  const fresh = useRef(new Set<string>());
  useEffect(() => {
    const unread = (items ?? []).filter((item) => !item.read).map(({ item }) => item);
    if (unread.length === 0) return;
    for (const item of unread) fresh.current.add(item);
    void markInboxRead(session, unread);
  }, [items]);
  if (items === undefined) return <Opening label={t("app.loading")} />;
  const nowMs = session.app.ports.clock.nowMs();
  return (
    <Screen title={t("inbox.title")}>
      {items.length === 0 ? (
        <p class="quiet">{t("inbox.empty")}</p>
      ) : (
        <List>
          {items.map((item) => (
            <Item key={item.item} item={item} nowMs={nowMs} fresh={!item.read || fresh.current.has(item.item)} />
          ))}
        </List>
      )}
    </Screen>
  );
}

function Item({ item, nowMs, fresh }: { item: InboxView; nowMs: number; fresh: boolean }) {
  const said = [item.verdict && t(`verdict.${item.verdict}`), item.words].filter(Boolean).join(" · ");
  return (
    <ListRow
      icon="inbox"
      title={<span class={fresh ? "" : "inbox-old"}>{tKnown(item.textKey, item.params, "inbox.unknown")}</span>}
      data-testid="inbox-item"
      data-item={item.item}
      data-read={item.read}
      {...(item.link?.startsWith("/") === true ? { href: item.link } : {})}
    >
      {item.entry !== undefined && (
        <span class="small quiet clamp-2" dir="auto" data-testid="inbox-entry">
          {t("inbox.about", { words: item.entry })}
        </span>
      )}
      {said !== "" && (
        <span class="small clamp-2" dir="auto" data-testid="inbox-words">
          {said}
        </span>
      )}
      <span class="row small quiet">
        <span>{sayWhen(item.createdMs, nowMs)}</span>
        {fresh && <span class="tone-ember">{t("feedback.unread")}</span>}
      </span>
    </ListRow>
  );
}
