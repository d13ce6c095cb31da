/** Putting the app on the home screen, where the browser offers it. */
import type { ReadonlySignal } from "@preact/signals";
import type { AppCore } from "./session.ts";

export function installOffered(app: AppCore): ReadonlySignal<boolean> {
  return app.inside.installOffer;
}

/** From a tap only. */
export async function installApp(app: AppCore): Promise<boolean> {
  return await app.inside.page.showInstallOffer();
}
