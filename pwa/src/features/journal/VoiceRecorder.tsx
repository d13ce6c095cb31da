/** Recording a voice note: begins at once, stops at a tap or at the limit, and is kept then. */
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
  onEnd: () => void;
}

export function VoiceRecorder({ session, add, onEnd }: VoiceRecorderProps) {
  const { heardMs, refused, stop, cancel } = useRecording({
    secondsMax: VOICE_SECONDS_MAX,
    nowMs: () => session.app.ports.clock.monotonicMs(),
    onHeard: (sound, durationMs) => {
      void add(sound, { kind: "voice", duration_ms: durationMs }).finally(onEnd);
    },
  });
  return (
    <section class="card" data-testid="voice-recorder" data-state={refused ?? (heardMs > 0 ? "recording" : "starting")}>
      {refused === undefined ? (
        <>
          <p class="small quiet">{t("voice.limit", { count: VOICE_SECONDS_MAX / 60 })}</p>
          <Button look="plain" wide icon="microphone" onClick={stop} data-testid="voice-stop">
            {t("voice.stop", { time: sayDuration(heardMs) })}
          </Button>
        </>
      ) : (
        <p role="alert">{t(`voice.${refused}`)}</p>
      )}
      <Button
        look="quiet"
        onClick={() => {
          cancel();
          onEnd();
        }}
        data-testid="voice-cancel"
      >
        {t("voice.cancel")}
      </Button>
    </section>
  );
}
