/** The microphone. Owns one recording from start to end; not where it goes. */

export interface Recording {
  /** Ends it and gives what was heard. */
  stop(): Promise<Blob>;
  /** Ends it and gives nothing. */
  cancel(): void;
}

export type RecordingRefused = "denied" | "unsupported";

/** What speech needs, at what a recording costs to send: about 3 KB a second. */
const BITS_PER_SECOND = 24_000;
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
/** So that what was heard lies in pieces here and not in the recorder, which a phone may take away. */
const PIECE_MS = 1_000;

/**
 * Asks for the microphone and begins; throws a RecordingRefused. `cutShort` is called at most once, where the phone ends it by itself: a call, a
 * permission taken away, another app. What is said from then on is not heard; `stop` gives what was.
 */
export async function startRecording(cutShort: () => void): Promise<Recording> {
  const type = typeof MediaRecorder === "undefined" ? undefined : TYPES.find((each) => MediaRecorder.isTypeSupported(each));
  if (type === undefined || navigator.mediaDevices === undefined) throw new RecordingError("unsupported");
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    throw new RecordingError("denied");
  }
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
  const pieces: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  const ended = new Promise<void>((resolve) => recorder.addEventListener("stop", () => resolve(), { once: true }));
  let over = false;
  const cut = (): void => {
    if (over) return;
    over = true;
    cutShort();
  };
  for (const name of ["stop", "error"]) recorder.addEventListener(name, cut);
  // Muted is not by the page, which mutes nothing: what would go on is silence.
  for (const track of stream.getTracks()) for (const name of ["ended", "mute"]) track.addEventListener(name, cut);
  recorder.start(PIECE_MS);
  const end = (): void => {
    over = true;
    if (recorder.state !== "inactive") recorder.stop();
    for (const track of stream.getTracks()) track.stop();
  };
  return {
    async stop() {
      end();
      await ended;
      return new Blob(pieces, { type: type.split(";")[0] ?? type });
    },
    cancel: end,
  };
}

export class RecordingError extends Error {
  readonly code: RecordingRefused;
  constructor(code: RecordingRefused) {
    super(code);
    this.name = "RecordingError";
    this.code = code;
  }
}
