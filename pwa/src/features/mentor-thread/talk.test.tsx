// @vitest-environment happy-dom
/** A long talk as it is shown: its end first, and more of it when it is asked for. */
import { render } from "preact";
import { afterEach, beforeAll, expect, test } from "vitest";
import { messages as words } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import type { MessageView } from "../../use-cases/messages.ts";
import { Talk } from "./Talk.tsx";
import { until } from "../../testing/until.ts";

beforeAll(() => addMessages("zh-Hans", words));

afterEach(() => render(null, document.body));

const earlier = () => document.querySelector<HTMLElement>("[data-testid=messages-earlier]");
const shown = () => [...document.querySelectorAll<HTMLElement>("[data-testid=message]")].map((each) => each.dataset["message"]);

function talk(count: number): MessageView[] {
  return Array.from({ length: count }, (_none, number) => ({
    message: `m${number}`,
    text: `第${number}句`,
    byPerson: "p",
    byName: "陈玉梅",
    mine: number % 2 === 0,
    sentMs: number * 1000,
    delivery: "received",
  }));
}

test("of a long talk the newest fifty are shown, and all of it piece by piece", async () => {
  render(<Talk messages={talk(120)} doubts={undefined} nowMs={200_000} />, document.body);
  expect(shown()).toEqual(
    talk(120)
      .map(({ message }) => message)
      .slice(70),
  );
  expect(earlier()?.textContent).toContain("70");
  earlier()?.click();
  await until(() => expect(shown()).toHaveLength(100));
  earlier()?.click();
  await until(() => expect(shown()).toEqual(talk(120).map(({ message }) => message)));
  expect(earlier()).toBeNull();
  expect(document.activeElement?.tagName).toBe("OL");
});

test("a short talk is shown whole", () => {
  render(<Talk messages={talk(50)} doubts={undefined} nowMs={200_000} />, document.body);
  expect(shown()).toHaveLength(50);
  expect(earlier()).toBeNull();
});
