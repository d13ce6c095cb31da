/** Under the words of an entry that is being written: what is attached, and the ways to attach more. */
import { useEffect, useState } from "preact/hooks";
import { BLOB_CAPTION_CHARACTERS_MAX, ENTRY_BLOBS_MAX } from "../../contracts/limits.ts";
import { sayBytes } from "../../i18n/amounts.ts";
import { sayMedia, sayMediaKind } from "../../i18n/media-words.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Field.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { MediaItem } from "../../ui/MediaItem.tsx";
import { Notice } from "../../ui/Status.tsx";
import { openPicture, type Picture } from "../../ui/picture.ts";
import { type BlobRef, readBlob } from "../../use-cases/blobs.ts";
import { noteMaking, takeMaking } from "../../use-cases/making.ts";
import type { Session } from "../../use-cases/session.ts";
import { PhotoEditor } from "./PhotoEditor.tsx";
import type { Attachments } from "./use-attachments.ts";
import { VoiceRecorder } from "./VoiceRecorder.tsx";

interface AttachmentListProps {
  session: Session;
  attachments: Attachments;
}

export function AttachmentList({ session, attachments }: AttachmentListProps) {
  const [picture, setPicture] = useState<Picture | undefined>(undefined);
  const [recording, setRecording] = useState(false);
  const [wasCut, setWasCut] = useState(false);
  const [unreadable, setUnreadable] = useState(false);
  const { blobs, removed, problem } = attachments;
  const making = picture !== undefined || recording;
  useEffect(() => attachments.busy(making), [making]);
  const wasMaking = useWasMaking(session, attachments, making);
  const isFull = blobs.length >= ENTRY_BLOBS_MAX;

  async function open(file: File): Promise<void> {
    setUnreadable(false);
    try {
      setPicture(await openPicture(file));
    } catch {
      setUnreadable(true);
    }
  }

  function endRecording(isCut: boolean): void {
    setRecording(false);
    setWasCut(isCut);
  }

  return (
    <section class="section" aria-label={t("media.title")}>
      {blobs.length > 0 && (
        <ul class="media-list">
          {blobs.map((ref) => (
            <li key={ref.sha256}>
              <Attached session={session} attachments={attachments} blob={ref} />
            </li>
          ))}
        </ul>
      )}
      {removed !== undefined && (
        <p class="row small" role="status">
          <span>{t("media.removed", { name: sayMedia(removed) })}</span>
          <Button look="plain" onClick={() => attachments.putBack()} data-testid="media-undo">
            {t("media.undo")}
          </Button>
        </p>
      )}
      {!making && (problem !== undefined || unreadable) && (
        <p class="error" role="alert" data-testid="media-problem">
          {problem ?? t("media.unreadable")}
        </p>
      )}
      {!making && wasMaking && (
        <div data-testid="was-making">
          <Notice tone="amber" icon="picture" live>
            <p>{t("media.was_making")}</p>
          </Notice>
        </div>
      )}
      {!making && wasCut && (
        <div data-testid="voice-cut">
          <Notice tone="amber" icon="microphone" live>
            <p>{t("voice.cut")}</p>
          </Notice>
        </div>
      )}
      {recording ? (
        <VoiceRecorder session={session} add={attachments.add} unstored={problem} onEnd={endRecording} />
      ) : picture !== undefined ? (
        <PhotoEditor picture={picture} add={attachments.add} unstored={problem} onEnd={() => setPicture(undefined)} />
      ) : isFull ? (
        <p class="small quiet">{t("media.limit", { count: ENTRY_BLOBS_MAX })}</p>
      ) : (
        <WaysToAttach onFile={(file) => void open(file)} onRecord={() => setRecording(true)} />
      )}
    </section>
  );
}

/** Whether the page was closed over something that was neither kept nor dropped: it is gone, and that is said once. */
function useWasMaking(session: Session, { draft }: Attachments, making: boolean): boolean {
  const [was, setWas] = useState(false);
  useEffect(() => void takeMaking(session, draft()).then((found) => setWas((before) => before || found)), [session]);
  useEffect(() => {
    if (!making) return;
    setWas(false);
    const name = draft();
    void noteMaking(session, name, true);
    return () => void noteMaking(session, name, false);
  }, [making]);
  return was;
}

function WaysToAttach({ onFile, onRecord }: { onFile: (file: File) => void; onRecord: () => void }) {
  return (
    <>
      <div class="row">
        <FileButton label={t("media.take_photo")} icon="camera" accept="image/*" camera onFile={onFile} data-testid="photo-take" />
        <FileButton label={t("media.add_photo")} icon="picture" accept="image/*" onFile={onFile} data-testid="photo-add" />
        <Button look="plain" icon="microphone" onClick={onRecord} data-testid="voice-add">
          {t("media.add_voice")}
        </Button>
      </div>
      <p class="small quiet">{t("media.hint")}</p>
    </>
  );
}

function Attached({ session, attachments, blob }: AttachmentListProps & { blob: BlobRef }) {
  const { sha256, kind, bytes, caption = "", width, height } = blob;
  const name = sayMedia(blob);
  return (
    <MediaItem
      id={sha256}
      kind={kind}
      name={name}
      width={width}
      height={height}
      isHere
      load={async () => await readBlob(session, blob)}
      under={
        <>
          <TextField
            id={`caption-${sha256.slice(0, 8)}`}
            data-testid="media-caption"
            label={t("media.caption")}
            maxLength={BLOB_CAPTION_CHARACTERS_MAX}
            value={caption}
            onInput={(text) => attachments.describe(sha256, text)}
          />
          <span class="row small quiet">
            <span>{[sayMediaKind(kind), sayBytes(bytes)].join(" · ")}</span>
            <Button look="quiet" icon="trash" onClick={() => attachments.remove(sha256)} data-testid="media-remove">
              {t("media.remove", { name })}
            </Button>
          </span>
        </>
      }
      data-testid={kind === "voice" ? "voice-item" : "photo-item"}
      data-sha256={sha256}
      data-bytes={bytes}
    />
  );
}
