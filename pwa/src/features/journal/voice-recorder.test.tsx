// @vitest-environment happy-dom
/** A recording that the phone itself ends. Its microphone is made here, since no test machine is called on the phone. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { addPerson, makeApp } from "../../testing/app.ts";
import type { BlobRef } from "../../use-cases/blobs.ts";
import { openSession } from "../../use-cases/open-session.ts";
import type { Session } from "../../use-cases/session.ts";
import { switchPerson } from "../../use-cases/switch-person.ts";
import { AttachmentList } from "./AttachmentList.tsx";
import type { Attachments } from "./use-attachments.ts";
import { until } from "../../testing/until.ts";

class Microphone extends EventTarget {
  stop(): void {
    // As a browser: a track that the page stops itself fires nothing.
  }
}

class Recorder extends EventTarget {
  static newest: Recorder | undefined;
  /** Tasks that a test which is over leaves behind; and whether it is over, for what is stopped later still. */
  static readonly pending: ReturnType<typeof setTimeout>[] = [];
  static isOver = false;
  static isTypeSupported = (): boolean => true;
  state = "inactive";

  constructor() {
    super();
    Recorder.newest = this;
  }

  start(): void {
    this.state = "recording";
  }

  hear(words: string): void {
    this.dispatchEvent(Object.assign(new Event("dataavailable"), { data: new Blob([words]) }));
  }

  /** What a browser fires in tasks of their own, in this order. */
  stop(): void {
    this.state = "inactive";
    if (Recorder.isOver) return;
    Recorder.pending.push(setTimeout(() => this.dispatchEvent(new Event("stop"))));
  }
}

let session: Session;
let microphone: Microphone;
let kept: { words: string; durationMs: number | undefined }[];
let full: boolean;

const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);

beforeAll(() => addMessages("zh-Hans", messages));

beforeEach(async () => {
  Recorder.isOver = false;
  const app = makeApp();
  session = await openSession(app, await addPerson(app));
  vi.spyOn(app.ports.clock, "monotonicMs").mockImplementation(() => performance.now());
  microphone = new Microphone();
  [kept, full] = [[], false];
  vi.stubGlobal("MediaRecorder", Recorder);
  const stream = { getTracks: () => [microphone] };
  Object.defineProperty(navigator, "mediaDevices", {
    configurable: true,
    value: { getUserMedia: async () => await Promise.resolve(stream) },
  });
  render(<AttachmentList session={session} attachments={attachments()} />, document.body);
  at("voice-add")?.click();
  await until(() => expect(at("voice-recorder")?.dataset["state"]).toBe("recording"));
});

afterEach(() => {
  render(null, document.body);
  session.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  Recorder.isOver = true;
  for (const task of Recorder.pending.splice(0)) clearTimeout(task);
  Reflect.deleteProperty(navigator, "mediaDevices");
});

function attachments(): Attachments {
  const nothing = (): void => undefined;
  return {
    blobs: [] as BlobRef[],
    removed: undefined,
    problem: undefined,
    remove: nothing,
    putBack: nothing,
    describe: nothing,
    isBusy: () => false,
    busy: nothing,
    draft: () => "new",
    async add(blob, made) {
      if (!full) kept.push({ words: await blob.text(), durationMs: made.duration_ms });
      return !full;
    },
  };
}

function recorder(): Recorder {
  if (Recorder.newest === undefined) throw new Error("nothing records");
  return Recorder.newest;
}

const ENDS: [string, () => void][] = [
  ["the microphone is taken away", () => microphone.dispatchEvent(new Event("ended"))],
  ["a call silences the microphone", () => microphone.dispatchEvent(new Event("mute"))],
  ["the recorder stops by itself", () => recorder().stop()],
  [
    "the recorder fails",
    () => {
      recorder().dispatchEvent(new Event("error"));
      recorder().stop();
    },
  ],
];

test.each(ENDS)("when %s, the recording stops, keeps what was said, and says so", async (_how, end) => {
  recorder().hear("上课铃");
  end();
  await until(() => expect(at("voice-cut")?.textContent).toContain("打断"));
  expect(at("voice-recorder")).toBeNull();
  expect(kept.map(({ words }) => words)).toEqual(["上课铃"]);
  expect(kept[0]?.durationMs).toBeGreaterThan(0);
});

test("a recording that is stopped by its speaker is not called cut short", async () => {
  recorder().hear("上课铃");
  at("voice-stop")?.click();
  await until(() => expect(at("voice-recorder")).toBeNull());
  expect(kept).toHaveLength(1);
  expect(at("voice-cut")).toBeNull();
});

test("what was said until a recording was cut short is here until it could be stored, and then it is said", async () => {
  full = true;
  recorder().hear("上课铃");
  microphone.dispatchEvent(new Event("ended"));
  await until(() => expect(at("voice-keep")?.getAttribute("aria-disabled")).not.toBe("true"));
  expect(at("voice-cut")).toBeNull();
  full = false;
  at("voice-keep")?.click();
  await until(() => expect(at("voice-cut")).not.toBeNull());
  expect(kept.map(({ words }) => words)).toEqual(["上课铃"]);
});

test("a recording that was cut short before anything was heard stores nothing, and says that", async () => {
  microphone.dispatchEvent(new Event("ended"));
  await until(() => expect(at("voice-recorder")?.textContent).toContain("还没有录到"));
  expect(kept).toEqual([]);
  at("voice-cancel")?.click();
  await until(() => expect(at("voice-recorder")).toBeNull());
});

test("what was said is stored before the person is closed, by another window perhaps", async () => {
  recorder().hear("上课铃");
  await switchPerson(session.app);
  expect(kept.map(({ words }) => words)).toEqual(["上课铃"]);
});

test("whoever records again is told no more that the recording before was cut short", async () => {
  recorder().hear("上课铃");
  microphone.dispatchEvent(new Event("ended"));
  await until(() => expect(at("voice-cut")).not.toBeNull());
  at("voice-add")?.click();
  await until(() => expect(at("voice-recorder")?.dataset["state"]).toBe("recording"));
  expect(at("voice-cut")).toBeNull();
});
