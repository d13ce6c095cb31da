/** One polite voice for screen readers: what changed without a change of place. */
import { signal } from "@preact/signals";

const words = signal("");

export function announce(text: string): void {
  words.value = words.value === text ? `${text}\u00a0` : text;
}

export function Announcer() {
  return (
    <div class="visually-hidden" aria-live="polite">
      {words.value}
    </div>
  );
}
