/**
 * The text of a lesson, and the place in it. Owns the scroll listener; says where the reader is a short while after every
 * scroll and when the page goes away. Blocks carry the ids `p0`, `p1`, … that the pack gave them.
 */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import type { Place } from "../../use-cases/read-lesson.ts";

const SETTLE_MS = 500;

interface LessonTextProps {
  html: string;
  language: string;
  start: Place | undefined;
  timers: { after(delayMs: number, work: () => void): () => void };
  onPlace: (place: Place) => void;
}

export function LessonText({ html, language, start, timers, onPlace }: LessonTextProps) {
  const article = useRef<HTMLElement>(null);
  const progress = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    const text = article.current;
    if (text === null) return;
    frameTables(text);
    return replaceLostPictures(text);
  }, [html]);

  useEffect(() => {
    const text = article.current;
    if (text === null) return;
    if (start !== undefined) blockOf(text, start.block)?.scrollIntoView({ block: "start" });
    let cancel: (() => void) | undefined;
    let last = "";
    let seen: Place | null = null;
    const keep = () => {
      cancel?.();
      cancel = undefined;
      if (seen === null || seen.block === last) return;
      last = seen.block;
      onPlace(seen);
    };
    // Measured while the text stands in the page: when the reader leaves, every distance in it is 0 already.
    const scrolled = () => {
      if (!text.isConnected) return;
      seen = placeIn(text);
      if (progress.current !== null) progress.current.style.inlineSize = `${Math.round(fractionOf(text) * 100)}%`;
      cancel?.();
      cancel = timers.after(SETTLE_MS, keep);
    };
    addEventListener("scroll", scrolled, { passive: true });
    addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep);
    scrolled();
    return () => {
      keep();
      removeEventListener("scroll", scrolled);
      removeEventListener("pagehide", keep);
      document.removeEventListener("visibilitychange", keep);
    };
  }, [html]);

  return (
    <>
      <div class="lesson-progress" aria-hidden="true">
        <span ref={progress} />
      </div>
      {/* The fragment was sanitised when the pack was built, and its hash stands in the signed manifest. */}
      <article
        ref={article}
        class="prose"
        lang={language}
        dir="auto"
        data-testid="lesson-body"
        dangerouslySetInnerHTML={{ __html: html }}
      />
    </>
  );
}

function blocksOf(text: HTMLElement): HTMLElement[] {
  return [...text.querySelectorAll<HTMLElement>("[id^='p']")].filter(({ id }) => /^p\d+$/.test(id));
}

function blockOf(text: HTMLElement, id: string): HTMLElement | undefined {
  return blocksOf(text).find((block) => block.id === id);
}

function placeIn(text: HTMLElement): Place | null {
  const line = 80;
  let found: HTMLElement | undefined;
  for (const block of blocksOf(text)) {
    if (block.getBoundingClientRect().top > line) break;
    found = block;
  }
  const block = found ?? blocksOf(text)[0];
  return block === undefined ? null : { block: block.id, fraction: fractionOf(text) };
}

/** How much of the text has passed the lower edge of the window, from where it stood at the beginning. */
function fractionOf(text: HTMLElement): number {
  const { top, height } = text.getBoundingClientRect();
  const way = height - innerHeight / 2;
  return way <= 0 ? 1 : Math.min(1, Math.max(0, -top / way));
}

/** A table wider than the phone scrolls in a frame of its own that the keyboard can reach. */
function frameTables(text: HTMLElement): void {
  for (const table of text.querySelectorAll("table")) {
    if (table.parentElement?.classList.contains("table-frame") === true) continue;
    const frame = document.createElement("div");
    frame.className = "table-frame";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", t("lesson.table"));
    table.replaceWith(frame);
    frame.append(table);
    for (const head of table.querySelectorAll("th")) {
      if (head.textContent?.trim() === "") head.replaceWith(document.createElement("td"));
    }
  }
}

/** A picture that is not on the phone gives its place to its description. */
function replaceLostPictures(text: HTMLElement): () => void {
  const lost = (picture: HTMLImageElement) => {
    const words = document.createElement("p");
    words.className = "picture-words";
    words.textContent = picture.alt;
    picture.replaceWith(words);
  };
  const failed = (event: Event) => {
    if (event.target instanceof HTMLImageElement) lost(event.target);
  };
  for (const picture of text.querySelectorAll<HTMLImageElement>("img:not([src])")) lost(picture);
  text.addEventListener("error", failed, true);
  return () => text.removeEventListener("error", failed, true);
}
