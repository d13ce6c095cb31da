/** One recording while a component is shown: begins at once, counts, ends by itself at the limit and where the phone ends it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { lastWords } from "../platform/last-words.ts";
import { type Recording, RecordingError, type RecordingRefused, startRecording } from "../platform/recorder.ts";

interface RecordingParts {
  secondsMax: number;
  /** Milliseconds that only grow. */
  nowMs: () => number;
  /** Also when the component goes away: what was said is kept. `isCut`: the phone ended it, and what was said after that is not there. */
  onHeard: (sound: Blob, durationMs: number, isCut: boolean) => Promise<void>;
}

export interface RecordingState {
  heardMs: number;
  /** `nothing`: the phone ended it before anything was heard. */
  refused: RecordingRefused | "nothing" | undefined;
  stop: () => void;
  cancel: () => void;
}

interface Running {
  recording: Recording;
  sinceMs: number;
}

const TICK_MS = 250;

export function useRecording({ secondsMax, nowMs, onHeard }: RecordingParts): RecordingState {
  const [heardMs, setHeardMs] = useState(0);
  const [refused, setRefused] = useState<RecordingState["refused"]>(undefined);
  const running = useRef<Running | undefined>(undefined);
  const ending = useRef(Promise.resolve());
  const gone = useRef(false);

  function stop(isCut = false): Promise<void> {
    const ended = running.current;
    running.current = undefined;
    if (ended !== undefined) ending.current = end(ended, isCut);
    return ending.current;
  }

  async function end({ recording, sinceMs }: Running, isCut: boolean): Promise<void> {
    const durationMs = Math.round(nowMs() - sinceMs);
    const sound = await recording.stop();
    if (isCut && sound.size === 0) setRefused("nothing");
    else await onHeard(sound, durationMs, isCut);
  }

  function cancel(): void {
    running.current?.recording.cancel();
    running.current = undefined;
  }

  useEffect(() => {
    const stopNow = (): Promise<void> => stop();
    // Who closes the person, another window perhaps, waits for what was said.
    lastWords.add(stopNow);
    startRecording(() => void stop(true)).then(
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
      if (ms >= secondsMax * 1000) void stop();
    }, TICK_MS);
    addEventListener("pagehide", stopNow);
    return () => {
      gone.current = true;
      clearInterval(timer);
      removeEventListener("pagehide", stopNow);
      void stop().finally(() => lastWords.delete(stopNow));
    };
  }, []);
  return { heardMs, refused, stop: () => void stop(), cancel };
}
