// @vitest-environment happy-dom
import { beforeAll, beforeEach, expect, test } from "vitest";
import { connectLocation, goBack, navigate, path, query } from "./location.ts";

beforeAll(() => connectLocation());
beforeEach(() => navigate("/", "replace"));

/** Whether the app took the click for itself; the browser never gets it here. */
function isTaken(html: string, init: MouseEventInit = {}): boolean {
  let taken = false;
  const last = (event: Event) => {
    taken = event.defaultPrevented;
    event.preventDefault();
  };
  document.body.innerHTML = html;
  addEventListener("click", last, { once: true });
  document.querySelector("a")?.dispatchEvent(
    new MouseEvent("click", {
      bubbles: true,
      cancelable: true,
      button: 0,
      ...init,
    }),
  );
  return taken;
}

test("a link of the app changes the path and not the document", () => {
  expect(isTaken('<a href="/learn/two-grades"><b>x</b></a>')).toBe(true);
  expect(path.value).toBe("/learn/two-grades");
});

test("links to elsewhere, to a new window and to a place on the page are left to the browser", () => {
  for (const html of ['<a href="https://example.org/">x</a>', '<a href="/learn" target="_blank">x</a>', '<a href="#p3">x</a>']) {
    expect(isTaken(html)).toBe(false);
  }
  expect(isTaken('<a href="/learn">x</a>', { ctrlKey: true })).toBe(false);
});

test("a query belongs to the address", () => {
  navigate("/journal/new?pack=a&lesson=b");
  expect([query("pack"), query("lesson"), query("draft")]).toEqual(["a", "b", undefined]);
});

test("where nothing lies behind, back goes to the page above", () => {
  history.replaceState({ depth: 0 }, "", "/learn/a/b");
  dispatchEvent(new PopStateEvent("popstate"));
  goBack("/learn/a");
  expect(path.value).toBe("/learn/a");
});
