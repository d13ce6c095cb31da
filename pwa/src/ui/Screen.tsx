/** The frame of one screen: its heading, which takes the focus on arrival, and what stands under it. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { screenTitle, settle } from "./location.ts";

interface ScreenProps {
  title: string;
  /** A line above the heading in small type. */
  over?: ComponentChildren;
  /** What stands under the heading and belongs to it. */
  under?: ComponentChildren;
  children?: ComponentChildren;
  class?: string;
  /** Opens at the end, where the newest stands. */
  atEnd?: boolean;
}

export function Screen({ title, over, under, children, class: extra, atEnd }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the effects of what stands inside, which may go to a place of their own.
  useLayoutEffect(() => settle(heading.current, atEnd), []);
  useEffect(() => {
    screenTitle.value = title;
  }, [title]);
  return (
    <div class={extra === undefined ? "screen" : `screen ${extra}`}>
      <div class="screen-head">
        {over}
        <h1 ref={heading} tabIndex={-1} dir="auto">
          {title}
        </h1>
        {under}
      </div>
      {children}
    </div>
  );
}

/** Stands in while the first read is under way; appears only when that takes long. */
export function Opening({ label }: { label: string }) {
  return (
    <p class="opening" role="status">
      {label}
    </p>
  );
}
