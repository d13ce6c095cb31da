// @vitest-environment happy-dom
/** A teacher's answers as the mentor's page words them. What is known of each is tested in `teacher-progress.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, expect, test } from "vitest";
import { live } from "../../db/live.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { pack, putRow, session } from "../../testing/teacher.ts";
import { until } from "../../testing/until.ts";
import { useLive } from "../../ui/use-live.ts";
import { readCatalogue } from "../../use-cases/read-catalogue.ts";
import type { TeacherProgress } from "../../use-cases/teacher-progress.ts";
import { Progress } from "./Progress.tsx";

beforeAll(() => addMessages("zh-Hans", messages));
afterEach(() => render(null, document.body));

const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);
const NOTHING: TeacherProgress = { quizzes: [], reflections: [], lessonsFinished: [], missing: [] };
const ANSWER = { pack: "pack", lesson: "03-bells", question: "anger-05", text: "我想到了小明。", atMs: 1_790_000_000_000 };

function words(reflection: TeacherProgress["reflections"][number]): string {
  render(<Progress session={session} progress={{ ...NOTHING, reflections: [reflection] }} nowMs={ANSWER.atMs} />, document.body);
  return at("reflection")?.textContent ?? "";
}

test("an answer never stands alone: with its question, or its number and the lesson's in the pack that is known", () => {
  expect(words({ ...ANSWER, stem: "你会怎么判断？", name: { title: "铃声", packTitle: "复式教学" } })).toMatch(
    /^你会怎么判断？我想到了小明。铃声 · /,
  );
  expect(words({ ...ANSWER, name: { packTitle: "复式教学", number: 3 } })).toMatch(/^第 5 题我想到了小明。《复式教学》第 3 课 · /);
  expect(words({ ...ANSWER, question: "q12", name: {} })).toMatch(/^第 12 题/);
  expect(words({ ...ANSWER, question: "anger-2024", name: {} })).toMatch(new RegExp(`^${t("teacher.question")}我`));
  expect(words({ ...ANSWER, question: "anger", name: {} })).toMatch(new RegExp(`^${t("teacher.question")}我想到了小明。03-bells · `));
});

function Live() {
  const packs = useLive(() => live(["rows", "packs", "downloads"], () => readCatalogue(session, "zh-Hans")), []);
  const missing = packs?.filter(({ state }) => state !== "installed") ?? [];
  return <Progress session={session} progress={{ ...NOTHING, missing }} nowMs={0} />;
}

test("one tap gets the pack that has the questions, for the price on the button", async () => {
  await putRow("c:class", "pack", "pack", pack.card);
  render(<Live />, document.body);
  await until(() => expect(at("get-pack")?.textContent).toContain("课程包"));
  expect(at("pack-price")?.dataset["bytes"]).toBe(String(pack.card.tiers[1]?.bytes));
  at("pack-install")?.click();
  await until(() => expect(at("get-pack")).toBeNull());
});
