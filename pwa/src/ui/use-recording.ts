/** One recording while a component is shown: begins at once, counts, ends by itself at the limit and where the phone ends it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Recording, RecordingError, type RecordingRefused, startRecording } from "../platform/recorder.ts";

interface RecordingParts {
  secondsMax: number;
  /** Milliseconds that only grow. */
  nowMs: () => number;
  /** Also when the component goes away: what was said is kept. `isCut`: the phone ended it, and what was said after that is not there. */
  onHeard: (sound: Blob, durationMs: number, isCut: boolean) => void;
}

export interface RecordingState {
  heardMs: number;
  /** `nothing`: the phone ended it before anything was heard. */
  refused: RecordingRefused | "nothing" | undefined;
  stop: () => void;
  cancel: () => void;
}

const TICK_MS = 250;

export function useRecording({ secondsMax, nowMs, onHeard }: RecordingParts): RecordingState {
  const [heardMs, setHeardMs] = useState(0);
  const [refused, setRefused] = useState<RecordingState["refused"]>(undefined);
  const running = useRef<{ recording: Recording; sinceMs: number } | undefined>(undefined);
  const gone = useRef(false);

  function stop(isCut = false): void {
    const ended = running.current;
    running.current = undefined;
    if (ended === undefined) return;
    const durationMs = Math.round(nowMs() - ended.sinceMs);
    void ended.recording.stop().then((sound) => {
      if (isCut && sound.size === 0) setRefused("nothing");
      else onHeard(sound, durationMs, isCut);
    });
  }

  function cancel(): void {
    running.current?.recording.cancel();
    running.current = undefined;
  }

  useEffect(() => {
    const stopNow = (): void => stop();
    startRecording(() => stop(true)).then(
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
    addEventListener("pagehide", stopNow);
    return () => {
      gone.current = true;
      clearInterval(timer);
      removeEventListener("pagehide", stopNow);
      stop();
    };
  }, []);
  return { heardMs, refused, stop: () => stop(), cancel };
}
