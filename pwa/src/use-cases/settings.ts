/** Settings of this device: how the app looks and asks. */
import type { ReadonlySignal } from "@preact/signals";
import { announce } from "../db/topics.ts";
import type { AppCore } from "./session.ts";

export type Language = "zh-Hans" | "en";
export type TextSize = 1 | 2 | 3 | 4;
export type Theme = "auto" | "light" | "dark";

export interface Settings {
  language: Language;
  textSize: TextSize;
  theme: Theme;
  /** Ask for the PIN at every start, also with one person. */
  alwaysAskPin: boolean;
  /** What a GB of mobile data costs; 0 when the person did not say. */
  yuanPerGb: number;
}

export const FIRST_SETTINGS: Settings = {
  language: "zh-Hans",
  textSize: 1,
  theme: "auto",
  alwaysAskPin: false,
  yuanPerGb: 0,
};

/** Known before the first screen: boot reads it. */
export function settings(app: AppCore): ReadonlySignal<Settings> {
  return app.inside.settings;
}

export async function changeSettings(app: AppCore, change: Partial<Settings>): Promise<void> {
  const next = { ...app.inside.settings.peek(), ...change };
  app.inside.settings.value = next;
  await app.device.write(["settings"], async (tx) => {
    await tx.objectStore("settings").put({ key: "settings", ...next });
  });
  announce(["settings"]);
}

/** What is stored, with every value checked: an older or a newer app may have written it. */
export async function readSettings(app: Pick<AppCore, "device">, preferred: readonly string[]): Promise<Settings> {
  const record = await app.device.read(["settings"], async (tx) => await tx.objectStore("settings").get("settings"));
  const first: Settings = {
    ...FIRST_SETTINGS,
    language: preferred[0]?.startsWith("en") === true ? "en" : "zh-Hans",
  };
  if (record === undefined) return first;
  return {
    language: oneOf(record.language, ["zh-Hans", "en"], first.language),
    textSize: oneOf(record.textSize, [1, 2, 3, 4], first.textSize),
    theme: oneOf(record.theme, ["auto", "light", "dark"], first.theme),
    alwaysAskPin: record.alwaysAskPin === true,
    yuanPerGb: typeof record.yuanPerGb === "number" && record.yuanPerGb > 0 ? record.yuanPerGb : 0,
  };
}

function oneOf<T>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((each) => each === value) ?? otherwise;
}
