/** After each run of the engine: what goes other ways than a sync. Owns when each is tried. */
import { forwardCarried } from "./carry.ts";
import { askAround } from "./hubs.ts";
import type { Session } from "./session.ts";

/** Files for others are handed in where the root was reached a moment ago; hubs are asked where it was not. */
export async function goAround(session: Session, reachable: boolean): Promise<void> {
  await Promise.all([reachable && forwardCarried(session, false), askAround(session, reachable)]);
}
