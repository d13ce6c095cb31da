/** Photos and recordings that the server does not have yet: how many, what they cost to send, how far they are, and over which line they go. */
import { useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayBytes } from "../../i18n/amounts.ts";
import { sayMediaKind, sayPrice } from "../../i18n/media-words.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Options } from "../../ui/Options.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import { useLive } from "../../ui/use-live.ts";
import { chooseWifiOnly, type FilesWaiting, type FileWaiting, readFilesWaiting, sendFiles } from "../../use-cases/blobs.ts";
import type { Session } from "../../use-cases/session.ts";
import { settings } from "../../use-cases/settings.ts";

const TOLD = ["full", "unreachable", "words", "signed_out"] as const;

export function Files({ session }: { session: Session }) {
  const files = useLive(() => live(["blobs", "events", "sync"], () => readFilesWaiting(session)), [session]);
  if (files === undefined || (files.items.length === 0 && !files.wifiOnly)) return null;
  return (
    <section class="section" data-testid="files-waiting" data-count={files.items.length} data-bytes={files.bytesLeft}>
      <h2>{t("files.waits")}</h2>
      {files.bytesLeft > 0 && <Price session={session} files={files} />}
      {files.items.length > 0 && (
        <List>
          {files.items.map((item) => (
            <FileRow key={item.sha256} item={item} />
          ))}
        </List>
      )}
      <Options
        name="files-line"
        inline
        label={t("files.wifi_only")}
        value={files.wifiOnly ? "wifi" : "any"}
        options={[
          { value: "any", label: t("files.any_line") },
          { value: "wifi", label: t("files.wifi") },
        ]}
        onChange={(line) => void chooseWifiOnly(session, line === "wifi")}
      />
      {files.bytesLeft > 0 && <SendNow session={session} files={files} />}
    </section>
  );
}

function Price({ session, files }: { session: Session; files: FilesWaiting }) {
  const count = files.items.filter((item) => item.refused === undefined).length;
  const price = sayPrice(files.bytesLeft, settings(session.app).value.yuanPerGb);
  return <p class="small quiet">{t("files.waiting", { count, price })}</p>;
}

function SendNow({ session, files }: { session: Session; files: FilesWaiting }) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<string | undefined>(undefined);
  const told = TOLD.find((each) => each === outcome);

  async function send(): Promise<void> {
    setBusy(true);
    try {
      const result = await sendFiles(session, true);
      setOutcome(result);
      const words = TOLD.find((each) => each === result);
      if (words !== undefined) announce(t(`files.outcome_${words}`));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button look="plain" wide disabled={busy} onClick={() => void send()} data-testid="files-send">
        {busy ? t("files.sending") : t("files.send", { price: sayPrice(files.bytesLeft, settings(session.app).value.yuanPerGb) })}
      </Button>
      {told !== undefined && (
        <p class="small" data-testid="files-outcome" data-outcome={told}>
          {t(`files.outcome_${told}`)}
        </p>
      )}
    </>
  );
}

function FileRow({ item }: { item: FileWaiting }) {
  const title = t("files.size", { kind: sayMediaKind(item.kind), size: sayBytes(item.bytes) });
  const progress = t("files.done_of", { done: sayBytes(item.sent), total: sayBytes(item.bytes) });
  return (
    <ListRow
      icon={item.refused === undefined ? "clock" : "alert"}
      title={title}
      data-testid="file-waiting"
      data-kind={item.kind}
      data-bytes={item.bytes}
      data-sent={item.sent}
      data-refused={item.refused}
    >
      {item.refused !== undefined ? (
        <span class="small quiet">{t("files.refused")}</span>
      ) : (
        item.sent > 0 && <ProgressBar label={title} value={item.sent / item.bytes} text={progress} />
      )}
    </ListRow>
  );
}
