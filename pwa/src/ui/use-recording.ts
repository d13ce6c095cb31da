/** One recording while a component is shown: begins at once, counts, ends by itself at the limit. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Recording, RecordingError, type RecordingRefused, startRecording } from "../platform/recorder.ts";

export type { RecordingRefused } from "../platform/recorder.ts";

interface RecordingParts {
  secondsMax: number;
  /** Milliseconds that only grow. */
  nowMs: () => number;
  /** Also when the component goes away: what was said is kept. */
  onHeard: (sound: Blob, durationMs: number) => void;
}

export interface RecordingState {
  heardMs: number;
  refused: RecordingRefused | undefined;
  stop: () => void;
  cancel: () => void;
}

const TICK_MS = 250;

export function useRecording({ secondsMax, nowMs, onHeard }: RecordingParts): RecordingState {
  const [heardMs, setHeardMs] = useState(0);
  const [refused, setRefused] = useState<RecordingRefused | undefined>(undefined);
  const running = useRef<{ recording: Recording; sinceMs: number } | undefined>(undefined);
  const gone = useRef(false);

  function stop(): void {
    const ended = running.current;
    running.current = undefined;
    if (ended === undefined) return;
    const durationMs = Math.round(nowMs() - ended.sinceMs);
    void ended.recording.stop().then((sound) => onHeard(sound, durationMs));
  }

  function cancel(): void {
    running.current?.recording.cancel();
    running.current = undefined;
  }

  useEffect(() => {
    startRecording().then(
      (recording) => {
        if (gone.current) return recording.cancel();
        running.current = { recording, sinceMs: nowMs() };
      },
      (error: unknown) => setRefused(error instanceof RecordingError ? error.code : "denied"),
    );
    const timer = setInterval(() => {
      if (running.current === undefined) return;
      const ms = nowMs() - running.current.sinceMs;
      setHeardMs(ms);
      if (ms >= secondsMax * 1000) stop();
    }, TICK_MS);
    addEventListener("pagehide", stop);
    return () => {
      gone.current = true;
      clearInterval(timer);
      removeEventListener("pagehide", stop);
      stop();
    };
  }, []);
  return { heardMs, refused, stop, cancel };
}
