// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, expect, test } from "vitest";
import { announce, Announcer } from "./Announcer.tsx";
import { until } from "../testing/until.ts";

afterEach(() => render(null, document.body));

const spoken = () => document.querySelector("[aria-live=polite]")?.textContent;

test("what is announced stands in the live region, and the same words twice are a change", async () => {
  render(<Announcer />, document.body);
  expect(spoken()).toBe("");
  announce("已存在手机里");
  await until(() => expect(spoken()).toBe("已存在手机里"));
  announce("已存在手机里");
  await until(() => expect(spoken()).toBe("已存在手机里\u00a0"));
});
