import { afterEach, expect, test } from "vitest";
import { messages as main } from "./generated/zh-hans-main.ts";
import { messages as screens } from "./generated/zh-hans-screens.ts";
import { addMessages, directionOf, language, showLanguage } from "./language.ts";
import { tKnown } from "./known.ts";
import { t } from "./messages.ts";

afterEach(() => showLanguage("zh-Hans"));

test("placeholders are filled and unknown ones stay visible", () => {
  expect(t("chip.waiting", { count: 3 })).toBe("3 条待发送");
  expect(t("today.greeting", { name: "王小梅" })).toBe("王小梅，{day}");
});

test("English chooses its plural by number", async () => {
  await showLanguage("en");
  expect(t("unit.minutes", { count: 1 })).toBe("1 minute");
  expect(t("unit.minutes", { count: 7 })).toBe("7 minutes");
  expect(language.value).toBe("en");
});

test("a key of a newer server falls back to a text that says so", () => {
  addMessages("zh-Hans", screens);
  expect(tKnown("inbox.something_of_next_year", {}, "inbox.unknown")).toBe(t("inbox.unknown"));
  expect(tKnown("inbox.feedback_given", { mentor: "陈秀兰" }, "inbox.unknown")).toContain("陈秀兰");
});

test("Uyghur runs from right to left", () => {
  expect([directionOf("zh-Hans"), directionOf("en"), directionOf("ug")]).toEqual(["ltr", "ltr", "rtl"]);
});

test("sign-in, Today and the frame say nothing that comes only with the second chunk", () => {
  const sources = import.meta.glob<string>(
    [
      "../app/*.tsx",
      "!../app/GoneNotice.tsx",
      "!../app/Missing.tsx",
      "!../app/PlainPage.tsx",
      "!../app/UnarrivedNotice.tsx",
      "!../app/UpdatePrompt.tsx",
      "!../app/WipedNotice.tsx",
      "../features/sign-in/*.{ts,tsx}",
      "../features/today/*.{ts,tsx}",
      "../features/sync-state/SyncChip.tsx",
    ],
    {
      query: "?raw",
      import: "default",
      eager: true,
    },
  );
  const used = Object.values(sources).flatMap((source) => [...source.matchAll(/\bt\("([a-z_.]+)"/g)].map((match) => match[1] ?? ""));
  expect(used.length).toBeGreaterThan(50);
  expect(used.filter((key) => !(key in main))).toEqual([]);
});
