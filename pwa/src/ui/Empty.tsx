/** A place with nothing in it yet: says so and names the first step. */
import type { ComponentChildren } from "preact";

export function Empty({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <div class="card">
      <div class="stack-tight">
        <h2>{title}</h2>
        <p class="quiet">{text}</p>
      </div>
      {children}
    </div>
  );
}
