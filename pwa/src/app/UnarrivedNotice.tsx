/** Says what other phones and browsers of the person who is open never sent, and what to do; until it was read or has arrived. */
import { useEffect, useState } from "preact/hooks";
import type { UnarrivedStream } from "../db/device-schema.ts";
import { watchTopics } from "../db/topics.ts";
import { t } from "../i18n/messages.ts";
import { sayMoment } from "../i18n/moments.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Status.tsx";
import type { AppCore } from "../use-cases/session.ts";
import { forgetUnarrived, readUnarrived } from "../use-cases/unarrived.ts";

export function UnarrivedNotice({ app }: { app: AppCore }) {
  const session = app.session.value;
  const [streams, setStreams] = useState<UnarrivedStream[]>([]);
  useEffect(() => {
    const look = (): void => void readUnarrived(app).then(setStreams);
    look();
    return watchTopics(["pulled"], look);
  }, [app, session]);
  if (session === null || streams.length === 0) return null;
  const nowMs = app.ports.clock.nowMs();
  return (
    <div class="notice-bar" data-testid="unarrived">
      <Notice tone="amber" icon="alert" live>
        <strong>{t("unarrived.title")}</strong>
        {streams.map(({ stream, name, count, heard_ms }) => (
          <p key={stream} data-testid="unarrived-stream">
            {t("unarrived.stream", { name, count, when: sayMoment(heard_ms, nowMs) })}
          </p>
        ))}
        <p>{t("unarrived.todo")}</p>
        <div>
          <Button
            look="plain"
            onClick={() => {
              setStreams([]);
              void forgetUnarrived(app);
            }}
          >
            {t("unarrived.close")}
          </Button>
        </div>
      </Notice>
    </div>
  );
}
