/** Goes on with downloads that a killed tab or a lost line interrupted; what the person paused stays paused. */
import { listDownloads } from "../db/packs.ts";
import { isTier } from "../packs/tiers.ts";
import type { Session } from "./session.ts";

export async function resumeDownloads(session: Session): Promise<void> {
  const found = await listDownloads(session.app.device);
  const interrupted = found.filter((download) => download.state === "running" || download.state === "waiting");
  if (interrupted.length === 0) return;
  const { installPack } = await session.app.inside.later();
  for (const { slug, tier } of interrupted) if (isTier(tier)) await installPack(session, slug, tier);
}
