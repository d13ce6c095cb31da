/** A new version of the app is taken only when the person agrees and nothing is open that a reload would disturb. */
import { computed, type ReadonlySignal } from "@preact/signals";
import type { AppCore } from "./session.ts";

/** True when a new version is downloaded whole and nothing holds it back. */
export function updateReady(app: AppCore): ReadonlySignal<boolean> {
  return computed(() => app.inside.updateWaiting.value && app.inside.updateHolds.value === 0);
}
