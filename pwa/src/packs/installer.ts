/**
 * Installing a pack: verify, download, store, flip. Owns the order and its invariant: until the last blob of a version is here and
 * verified, the version that was installed before stays as it is.
 */
import { type ApiClient, ApiError } from "../api/client.ts";
import type { Manifest } from "../contracts/manifest.ts";
import type { PackCard } from "../contracts/rows.ts";
import type { PackRefusedCode } from "../contracts/vocabularies.ts";
import type { DeviceDatabase, DownloadRecord, InstalledPack } from "../db/device-schema.ts";
import { changeDownload, dropInstalled, dropParts, putDownload, putInstalled, putManifest } from "../db/downloads.ts";
import { findInstalled } from "../db/find-installed.ts";
import { listDownloads } from "../db/packs.ts";
import { announce } from "../db/topics.ts";
import { toHex } from "../domain/bytes.ts";
import { digest } from "../platform/compression.ts";
import type { Ports } from "../platform/ports.ts";
import { BlobStore } from "./blob-store.ts";
import { readBundle } from "./bundle.ts";
import { type DownloadParts, downloadFile } from "./download.ts";
import { evictUnneeded } from "./eviction.ts";
import { fetchBytes, fetchKeyring } from "./keyring-store.ts";
import { PausedError } from "./paused.ts";
import { PackRefusedError } from "./refused.ts";
import { isOfHub, type PackSource, ROOT } from "./source.ts";
import { blobsOf, tiersUpTo } from "./tier-blobs.ts";
import type { PackTier } from "./tiers.ts";
import { openManifest } from "./verify.ts";

export type InstallOutcome =
  | { ok: true; pack: InstalledPack; before: InstalledPack | undefined }
  | {
      ok: false;
      code: PackRefusedCode | "offline" | "server" | "paused" | "busy";
    };

/** Free space that must be left besides what the pack takes: records come first. */
const SPARE_BYTES = 8 * 1024 * 1024;

export class PackInstaller {
  readonly blobs: BlobStore;
  private readonly device: DeviceDatabase;
  private readonly api: ApiClient;
  private readonly ports: Ports;
  private readonly running = new Map<string, AbortController>();

  constructor(device: DeviceDatabase, api: ApiClient, ports: Ports) {
    this.device = device;
    this.api = api;
    this.ports = ports;
    this.blobs = new BlobStore(ports.caches);
  }

  /** `hubs`: asked one after the other when the root cannot be reached. */
  async install(card: PackCard, tier: PackTier, rootKey: string, hubs: readonly PackSource[] = []): Promise<InstallOutcome> {
    const outcome = await this.ports.locks.exclusive(
      `xuetan-install-${card.slug}`,
      "if-available",
      async () => await this.alone(card, tier, rootKey, hubs),
    );
    return outcome === "busy" ? { ok: false, code: "busy" } : outcome;
  }

  /** In whichever tab it runs: that tab sees the new state when it stores the next piece. */
  async pause(slug: string): Promise<void> {
    await changeDownload(this.device, slug, { state: "paused" });
    this.running.get(slug)?.abort();
  }

  async remove(slug: string): Promise<InstalledPack | undefined> {
    this.running.get(slug)?.abort();
    return await this.settle(async () => await dropInstalled(this.device, slug));
  }

  /** Keeps the text, drops the rest. */
  async removeMedia(slug: string): Promise<InstalledPack | undefined> {
    const pack = await findInstalled(this.device, slug);
    if (pack === undefined || pack.tier === "text") return undefined;
    const text: InstalledPack = { ...pack, tier: "text" };
    await this.settle(async () => await putInstalled(this.device, text, []));
    return text;
  }

  /** Changes what is installed and clears up, one at a time over all packs, tabs and workers. */
  private async settle<T>(change: () => Promise<T>): Promise<T> {
    const settled = await this.ports.locks.exclusive("xuetan-packs", "wait", async () => {
      const changed = await change();
      await evictUnneeded(this.device, this.blobs);
      return { changed };
    });
    if (settled === "busy") throw new Error("a lock that is waited for was not given");
    return settled.changed;
  }

  private async alone(card: PackCard, tier: PackTier, rootKey: string, hubs: readonly PackSource[]): Promise<InstallOutcome> {
    const abort = new AbortController();
    const { slug } = card;
    this.running.set(slug, abort);
    try {
      await this.begin(card, tier);
      try {
        return await this.steps(card, tier, rootKey, ROOT, abort.signal);
      } catch (error) {
        if (!(error instanceof ApiError && error.code === "unreachable")) throw error;
        for (const hub of hubs) {
          // It may have been paused or removed while the root was waited for, in any tab.
          if (abort.signal.aborted || (await this.findDownload(slug))?.state !== "running") throw new PausedError();
          const outcome = await this.steps(card, tier, rootKey, hub, abort.signal).catch((failure: unknown) => isOfHub(failure));
          if (outcome !== undefined) return outcome;
        }
        throw error;
      }
    } catch (error) {
      return await this.judge(slug, abort.signal.aborted ? new PausedError() : error);
    } finally {
      this.running.delete(slug);
    }
  }

  private async findDownload(slug: string): Promise<DownloadRecord | undefined> {
    return (await listDownloads(this.device)).find((download) => download.slug === slug);
  }

  private async begin({ slug, version, manifest, tiers }: PackCard, tier: PackTier): Promise<void> {
    const known = await this.findDownload(slug);
    const bytesDone = known?.manifest === manifest && known.tier === tier ? known.bytesDone : 0;
    const bytesTotal = tiers.find((price) => price.tier === tier)?.bytes ?? 0;
    await putDownload(this.device, { slug, version, manifest, tier, state: "running", bytesDone, bytesTotal });
  }

  private async steps(card: PackCard, tier: PackTier, rootKey: string, source: PackSource, signal: AbortSignal): Promise<InstallOutcome> {
    const { slug, version, manifest } = card;
    const before = await findInstalled(this.device, slug);
    const opened = await this.openManifest(card, rootKey, source, before);
    const missing = await this.missing(opened, tier);
    await this.checkSpace(opened, missing);
    const files = await this.fetchBundles(slug, opened, tier, missing, source, signal);
    const pack: InstalledPack = {
      slug,
      version,
      manifest,
      tier,
      installedMs: this.ports.clock.nowMs(),
    };
    // What was evicted as junk while this pack already counted on it is unpacked again, from bytes that are here.
    const taken = await this.missing(opened, tier);
    files.push(...(await this.fetchBundles(slug, opened, tier, taken, source, signal)));
    await this.settle(async () => {
      // What the browser lost shows here and not to the reader.
      if ((await this.missing(opened, tier)).length > 0) throw new PackRefusedError("bundle_malformed");
      await putInstalled(this.device, pack, files);
    });
    return { ok: true, pack, before };
  }

  private async openManifest(card: PackCard, rootKey: string, source: PackSource, before: InstalledPack | undefined): Promise<Manifest> {
    const { crypto } = this.ports;
    const keyring = await fetchKeyring(this.device, this.api, crypto, rootKey, source);
    const bytes = await fetchBytes(this.api, source, `/packs/b/${card.manifest}`);
    const signature = new TextDecoder().decode(await fetchBytes(this.api, source, `/packs/s/${card.manifest}`));
    const expected = {
      slug: card.slug,
      version: card.version,
      hash: card.manifest,
      installedVersion: before?.version ?? 0,
    };
    const manifest = await openManifest(crypto, bytes, signature, keyring, expected);
    const text = new TextDecoder().decode(bytes);
    await putManifest(this.device, {
      manifest: card.manifest,
      slug: card.slug,
      version: card.version,
      text,
    });
    return manifest;
  }

  private async missing(manifest: Manifest, tier: PackTier): Promise<string[]> {
    const here = await this.blobs.list();
    return blobsOf(manifest, tier).filter((hash) => !here.has(hash));
  }

  private async checkSpace(manifest: Manifest, missing: readonly string[]): Promise<void> {
    const free = await this.ports.space.freeBytes();
    const stored = missing.reduce((sum, hash) => sum + (manifest.blobs[hash]?.bytes ?? 0), 0);
    // The bundle lies beside its blobs until the flip.
    if (free !== undefined && free < 2 * stored + SPARE_BYTES) throw new PackRefusedError("storage_full");
  }

  private async fetchBundles(
    slug: string,
    manifest: Manifest,
    tier: PackTier,
    missing: readonly string[],
    source: PackSource,
    signal: AbortSignal,
  ): Promise<string[]> {
    const parts: DownloadParts = {
      device: this.device,
      fetch: this.ports.fetch,
      timers: this.ports.timers,
      random: this.ports.random,
      source,
    };
    const files: string[] = [];
    let before = 0;
    for (const wanted of tiersUpTo(tier)) {
      const bundle = manifest.bundles.find((each) => each.tier === wanted);
      const hashes = missing.filter((hash) => manifest.blobs[hash]?.tier === wanted);
      if (bundle === undefined || hashes.length === 0) continue;
      const bytes = await downloadFile(parts, slug, { hash: bundle.blob, bytes: bundle.bytes }, before, signal);
      if (toHex(await digest(bytes)) !== bundle.blob) {
        // The bytes here are not the file's: the next try must begin anew, not go on from them.
        await dropParts(this.device, bundle.blob);
        throw new PackRefusedError("blob_changed");
      }
      const sizes = new Map(hashes.map((hash) => [hash, manifest.blobs[hash]?.bytes ?? 0]));
      for await (const blob of readBundle(bytes, sizes)) {
        await this.blobs.put(blob.hash, blob.bytes, manifest.blobs[blob.hash]?.type ?? "application/octet-stream");
      }
      files.push(bundle.blob);
      before += bundle.bytes;
    }
    return files;
  }

  private async judge(slug: string, error: unknown): Promise<InstallOutcome> {
    if (error instanceof PausedError) return { ok: false, code: "paused" };
    if (error instanceof PackRefusedError) return await this.refuse(slug, error.code);
    if (error instanceof Error && (error.name === "QuotaExceededError" || error.name === "StorageError"))
      return await this.refuse(slug, "storage_full");
    const code = error instanceof ApiError && error.code !== "unreachable" ? "server" : "offline";
    if (!(error instanceof ApiError)) console.error("installing a pack failed", error);
    await changeDownload(this.device, slug, {
      state: "waiting",
      refusal: code,
    });
    return { ok: false, code };
  }

  private async refuse(slug: string, code: PackRefusedCode): Promise<InstallOutcome> {
    await changeDownload(this.device, slug, {
      state: "refused",
      refusal: code,
    });
    announce(["packs"]);
    return { ok: false, code };
  }
}
