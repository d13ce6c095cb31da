/**
 * Where the person is: the path, going there, going back. Owns the browser's history, the click on a link, and where each
 * page was scrolled to. Knows no route. Invariant: every screen is an address, and the back gesture undoes each step.
 */
import { signal } from "@preact/signals";

interface Step {
  /** How many steps of this app lie behind this one; 0 when the page was opened here. */
  depth: number;
}

export const path = signal("/");
/** The heading of the screen that is shown; the window's title is made from it. */
export const screenTitle = signal("");

const scrolledTo = new Map<number, number>();
let depth = 0;
let settledBefore = false;
let wantedScroll = 0;

/** Starts listening; call once, before the first render. */
export function connectLocation(): void {
  depth = (history.state as Step | null)?.depth ?? 0;
  history.scrollRestoration = "manual";
  path.value = currentPath();
  addEventListener("popstate", () => {
    scrolledTo.set(depth, scrollY);
    depth = (history.state as Step | null)?.depth ?? 0;
    arrive(scrolledTo.get(depth) ?? 0);
  });
  document.addEventListener("click", (event) => {
    const target = ownLink(event);
    if (target === null) return;
    event.preventDefault();
    navigate(target);
  });
}

export function navigate(to: string, how: "push" | "replace" = "push"): void {
  scrolledTo.set(depth, scrollY);
  if (how === "push" && to !== location.pathname + location.search) {
    depth += 1;
    scrolledTo.delete(depth);
    history.pushState({ depth } satisfies Step, "", to);
  } else {
    history.replaceState({ depth } satisfies Step, "", to);
  }
  arrive(0);
}

/** One step back inside the app; where the app was opened at this very page, to the page above it. */
export function goBack(above: string): void {
  if (depth > 0) history.back();
  else navigate(above, "replace");
}

/** A screen calls this when its content stands: the scroll position returns, and, but for the very first, the heading takes the focus. */
export function settle(heading: HTMLElement | null, atEnd = false): void {
  scrollTo(0, atEnd ? document.documentElement.scrollHeight : wantedScroll);
  wantedScroll = 0;
  if (settledBefore) heading?.focus({ preventScroll: true });
  settledBefore = true;
}

/** A part of the query of the present address. */
export function query(name: string): string | undefined {
  return new URLSearchParams(location.search).get(name) ?? undefined;
}

function arrive(scroll: number): void {
  wantedScroll = scroll;
  path.value = currentPath();
}

function currentPath(): string {
  const trimmed = location.pathname.replace(/\/+$/, "") || "/";
  return trimmed + location.search;
}

function ownLink(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return null;
  if (link.getAttribute("href")?.startsWith("#") === true) return null;
  return link.pathname + link.search;
}
