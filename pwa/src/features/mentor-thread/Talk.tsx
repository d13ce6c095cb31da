/** What was said between a teacher and the mentor, oldest first; of a long talk the newest, and more when it is asked for. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { sayWhen } from "../../i18n/moments.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Doubtful } from "../../ui/Doubtful.tsx";
import { Status, type Tone } from "../../ui/Status.tsx";
import type { Doubts } from "../../use-cases/doubts.ts";
import type { MessageView } from "../../use-cases/messages.ts";
import "./messages.css";

/** A talk of years is drawn and read through piece by piece. */
const SHOWN_AT_ONCE = 50;

const TONES: Record<MessageView["delivery"], Tone> = {
  received: "pine",
  waiting: "amber",
  to_check: "amber",
  at_hub: "berry",
  set_aside: "berry",
};

interface TalkProps {
  messages: readonly MessageView[];
  doubts: Doubts | undefined;
  nowMs: number;
}

export function Talk({ messages, doubts, nowMs }: TalkProps) {
  const [wanted, setWanted] = useState(SHOWN_AT_ONCE);
  const list = useRef<HTMLOListElement>(null);
  const height = useRef(0);
  const earlier = Math.max(0, messages.length - wanted);
  useLayoutEffect(() => {
    // Who reads backwards goes on where they were: what came stands above.
    if (height.current > 0) scrollBy(0, document.documentElement.scrollHeight - height.current);
  }, [wanted]);
  return (
    <>
      {earlier > 0 && (
        <Button
          wide
          look="plain"
          onClick={() => {
            height.current = document.documentElement.scrollHeight;
            setWanted(wanted + SHOWN_AT_ONCE);
            // The button may be gone in a moment.
            list.current?.focus({ preventScroll: true });
          }}
          data-testid="messages-earlier"
        >
          {t("messages.earlier", { count: earlier })}
        </Button>
      )}
      <ol class="stack talk" ref={list} tabIndex={-1}>
        {messages.slice(earlier).map((message) => (
          <Message
            key={`${message.byPerson} ${message.message}`}
            message={message}
            doubtful={doubts?.has(message.byPerson, message.sentMs) === true}
            nowMs={nowMs}
          />
        ))}
      </ol>
    </>
  );
}

function Message({ message, doubtful, nowMs }: { message: MessageView; doubtful: boolean; nowMs: number }) {
  return (
    <li
      class={message.mine ? "message message-mine" : "message"}
      data-testid="message"
      data-message={message.message}
      data-state={message.delivery}
    >
      <div class="row small quiet">
        <span>{message.mine ? t("messages.you") : message.byName}</span>
        <span>{sayWhen(message.sentMs, nowMs)}</span>
        {doubtful && <Doubtful mark={t("doubtful.mark")} why={t("doubtful.why")} />}
        {message.mine && (
          <Status
            tone={TONES[message.delivery]}
            icon={message.delivery === "received" ? "check" : message.delivery === "set_aside" ? "alert" : "clock"}
          >
            {t(`journal.${message.delivery}`)}
          </Status>
        )}
      </div>
      <p class="words" dir="auto">
        {message.text}
      </p>
    </li>
  );
}
