/** Taking a new version of the app, and holding it back meanwhile. `update-app.ts` says when there is one. */
import type { AppCore } from "./session.ts";

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
