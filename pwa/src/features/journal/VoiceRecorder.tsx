/** Recording a voice note: begins at once, stops at a tap, at the limit or where the phone ends it. Invariant: what was heard is here until it is stored or somebody drops it. */
import { useState } from "preact/hooks";
import { VOICE_SECONDS_MAX } from "../../contracts/limits.ts";
import { sayDuration } from "../../i18n/media-words.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { useRecording } from "../../ui/use-recording.ts";
import type { Session } from "../../use-cases/session.ts";
import type { Attachments } from "./use-attachments.ts";

interface VoiceRecorderProps {
  session: Session;
  add: Attachments["add"];
  /** Why it was not stored. */
  unstored: string | undefined;
  /** `isCut`: the phone ended the recording; what was said until then is stored. */
  onEnd: (isCut: boolean) => void;
}

interface Heard {
  sound: Blob;
  durationMs: number;
  isCut: boolean;
}

export function VoiceRecorder({ session, add, unstored, onEnd }: VoiceRecorderProps) {
  const [heard, setHeard] = useState<Heard | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const { heardMs, refused, stop, cancel } = useRecording({
    secondsMax: VOICE_SECONDS_MAX,
    nowMs: () => session.app.ports.clock.monotonicMs(),
    onHeard: (sound, durationMs, isCut) => keep({ sound, durationMs, isCut }),
  });

  async function keep(recorded: Heard): Promise<void> {
    setHeard(recorded);
    setBusy(true);
    if (await add(recorded.sound, { kind: "voice", duration_ms: recorded.durationMs })) return onEnd(recorded.isCut);
    setBusy(false);
  }

  const state = refused ?? (heard !== undefined ? "heard" : heardMs > 0 ? "recording" : "starting");
  return (
    <section class="card" data-testid="voice-recorder" data-state={state}>
      {refused !== undefined ? (
        <p role="alert">{t(`voice.${refused}`)}</p>
      ) : heard !== undefined ? (
        <>
          {unstored !== undefined && (
            <p class="error" role="alert" data-testid="voice-problem">
              {unstored}
            </p>
          )}
          <Button look="plain" wide disabled={busy} onClick={() => void keep(heard)} data-testid="voice-keep">
            {t("voice.keep", { time: sayDuration(heard.durationMs) })}
          </Button>
        </>
      ) : (
        <>
          <p class="small quiet">{t("voice.limit", { count: VOICE_SECONDS_MAX / 60 })}</p>
          <Button look="plain" wide icon="microphone" onClick={stop} data-testid="voice-stop">
            {t("voice.stop", { time: sayDuration(heardMs) })}
          </Button>
        </>
      )}
      <Button
        look="quiet"
        disabled={busy}
        onClick={() => {
          cancel();
          onEnd(false);
        }}
        data-testid="voice-cancel"
      >
        {t("voice.cancel")}
      </Button>
    </section>
  );
}
