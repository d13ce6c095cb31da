/** Installing, pausing, removing packs. Owns which events are written about it; `packs/` does the work. */
import { append } from "../db/append.ts";
import { findInstalled } from "../db/find-installed.ts";
import { listDownloads } from "../db/packs.ts";
import { live, type Live } from "../db/live.ts";
import type { DownloadRecord } from "../db/device-schema.ts";
import { studyScope } from "../domain/ids.ts";
import type { InstallOutcome } from "../packs/installer.ts";
import type { PackSource } from "../packs/source.ts";
import type { PackTier } from "../packs/tiers.ts";
import { knownHubs, lineTo } from "./hub-known.ts";
import { findCard } from "./read-pack.ts";
import type { Session } from "./session.ts";

export type InstallResult =
  | { ok: true }
  | {
      ok: false;
      code: Extract<InstallOutcome, { ok: false }>["code"] | "unknown_pack";
    };

/** Downloads, verifies and installs; resumes at the byte where an earlier try stopped. Ends when installed, paused or refused. */
export async function installPack(session: Session, slug: string, tier: PackTier): Promise<InstallResult> {
  const card = await findCard(session, slug);
  if (card === undefined) return { ok: false, code: "unknown_pack" };
  const outcome = await (await session.app.installer()).install(card, tier, session.rootKey, await hubsAsSources(session));
  if (!outcome.ok) return outcome;
  const { pack, before } = outcome;
  if (before?.version !== pack.version || before.tier !== pack.tier) {
    const payload = { pack: pack.slug, version: pack.version, tier };
    await append(session.db, session.app.ports.clock, [
      {
        scope: studyScope(session.person.id),
        kind: "pack_installed/1",
        payload,
      },
    ]);
    void session.app.ports.space.persist();
  }
  return { ok: true };
}

/** All hubs that the root vouches for: what they give is verified like what the root gives. */
async function hubsAsSources(session: Session): Promise<PackSource[]> {
  const known = await knownHubs(session);
  return known.filter(({ address }) => address !== "").map(({ address }) => ({ base: address, init: lineTo(address) }));
}

/** Keeps the bytes that are here; `installPack` goes on from them. */
export async function pauseInstall(session: Session, slug: string): Promise<void> {
  await (await session.app.installer()).pause(slug);
}

/** Drops the pictures, keeps lessons, quizzes and all records. */
export async function removePackMedia(session: Session, slug: string): Promise<void> {
  await (await session.app.installer()).removeMedia(slug);
}

/** Removes the pack from this phone; records stay. */
export async function removePack(session: Session, slug: string): Promise<void> {
  const pack = await findInstalled(session.app.device, slug);
  await (await session.app.installer()).remove(slug);
  if (pack === undefined) return;
  const payload = { pack: slug, version: pack.version };
  await append(session.db, session.app.ports.clock, [{ scope: studyScope(session.person.id), kind: "pack_removed/1", payload }]);
}

/** What is being loaded, over all tabs. */
export function downloads(session: Session): Live<DownloadRecord[]> {
  return live(["downloads"], async () => await listDownloads(session.app.device));
}
