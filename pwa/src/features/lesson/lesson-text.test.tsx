// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Place } from "../../use-cases/read-lesson.ts";
import { LessonText } from "./LessonText.tsx";
import { until } from "../../testing/until.ts";

let scrolled = 0;
let places: Place[];

/** Ten paragraphs of 400 px each; whatever is not in the page measures nothing. */
beforeEach(() => {
  scrolled = 0;
  places = [];
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockImplementation(function (this: HTMLElement) {
    const at = this.id === "" ? 0 : Number(this.id.slice(1)) * 400;
    const height = this.id === "" ? 4000 : 400;
    return this.isConnected ? new DOMRect(0, at - scrolled, 300, height) : new DOMRect();
  });
});

afterEach(() => {
  render(null, document.body);
  vi.restoreAllMocks();
});

const TEXT = Array.from({ length: 10 }, (_, index) => `<p id="p${index}">一</p>`).join("");

function open(html = TEXT): void {
  const timers = { after: () => () => undefined };
  render(
    <LessonText html={html} language="zh-Hans" start={undefined} timers={timers} onPlace={(place) => places.push(place)} />,
    document.body,
  );
}

test("who leaves a lesson is remembered at the paragraph they were reading, though its text is gone by then", async () => {
  open();
  await until(() => {
    scrolled = 1300;
    dispatchEvent(new Event("scroll"));
    expect(document.querySelector<HTMLElement>(".lesson-progress span")?.style.inlineSize).toMatch(/^[1-9]/);
  });
  document.body.querySelector("article")?.remove();
  dispatchEvent(new Event("scroll"));
  render(null, document.body);
  await until(() => expect(places.map(({ block }) => block)).toEqual(["p3"]));
  expect(places[0]?.fraction).toBeLessThan(0.5);
});

test("a picture that is not on the phone gives its place to its description", async () => {
  open('<p id="p0"><img alt="黑板分成三块"></p>');
  await until(() => expect(document.querySelector(".picture-words")?.textContent).toBe("黑板分成三块"));
  expect(document.querySelector("img")).toBeNull();
});
