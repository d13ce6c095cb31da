/** A new version of the app is taken only when the person agrees and nothing is open that a reload would disturb. */
import { computed, type ReadonlySignal } from "@preact/signals";
import type { AppCore } from "./session.ts";

/** True when a new version is downloaded whole and nothing holds it back. */
export function updateReady(app: AppCore): ReadonlySignal<boolean> {
  return computed(() => app.inside.updateWaiting.value && app.inside.updateHolds.value === 0);
}

/** Reloads into the new version; does nothing while held. */
export async function applyUpdate(app: AppCore): Promise<void> {
  if (app.inside.updateHolds.peek() > 0) return;
  await app.inside.page.takeUpdate();
}

/** While a quiz or an entry is open; call the returned function when it closes. */
export function holdUpdate(app: AppCore): () => void {
  const { updateHolds } = app.inside;
  let held = true;
  updateHolds.value += 1;
  return () => {
    if (held) updateHolds.value -= 1;
    held = false;
  };
}
