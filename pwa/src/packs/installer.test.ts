/** Installing for real: signed packs over a line that breaks, changed bytes, updates, space. */
import { expect, test } from "vitest";
import { listDownloads } from "../db/packs.ts";
import { pinAttempt, unpinAttempt } from "../db/pinned-attempts.ts";
import { buildPack, servePacks } from "../testing/packs.ts";
import { dropInstalled } from "../db/downloads.ts";
import { BlobStore, PACK_CACHE } from "./blob-store.ts";
import { evictUnneeded } from "./eviction.ts";
import type { PackInstaller } from "./installer.ts";
import { app, installer, root, publisher, first, second, served, breakAfter, trust } from "../testing/two-packs.ts";

test("what an installation stores while another clears up stays", async () => {
  await installer.install(first.card, "text", root.spki);
  const other = await buildPack(publisher, { slug: "other", version: 1, pages: { "01": "<p>别的一课</p>" }, quizzes: {}, pictures: [] });
  const server = servePacks([other], () => trust.keyring);
  app.ports.fake.routes.unshift(server.route);
  const blobs = new BlobStore(app.ports.caches);
  const list = blobs.list.bind(blobs);
  let outcome: unknown;
  // The other pack is stored as a whole between the two questions of clearing up: what is here, and what is needed.
  blobs.list = async () => {
    const here = await list();
    outcome = await installer.install(other.card, "text", root.spki);
    return here;
  };
  await evictUnneeded(app.device, blobs);
  expect(outcome).toMatchObject({ ok: true });
  const here = await list();
  expect(Object.keys(other.manifest.blobs).filter((hash) => !here.has(hash))).toEqual([]);
  expect(await app.device.read(["manifests"], async (tx) => await tx.objectStore("manifests").count())).toBe(2);
});

test("a pack counts on junk that is cleared up meanwhile: it is unpacked again, not refused", async () => {
  await installer.install(first.card, "text", root.spki);
  await dropInstalled(app.device, "pack");
  const list = installer.blobs.list.bind(installer.blobs);
  let asked = 0;
  installer.blobs.list = async () => {
    const here = await list();
    asked += 1;
    if (asked === 1) for (const hash of here) await installer.blobs.delete(hash);
    return here;
  };
  expect(await installer.install(first.card, "text", root.spki)).toMatchObject({ ok: true });
});

test("a pack is verified, stored and flipped; every blob of the tier is there and no other", async () => {
  expect(await installer.install(first.card, "text", root.spki)).toMatchObject({
    ok: true,
    pack: { version: 1, tier: "text" },
  });
  const hashes = Object.entries(first.manifest.blobs).filter(([, blob]) => blob.tier === "text");
  expect(app.ports.fake.caches.paths(PACK_CACHE).sort()).toEqual(hashes.map(([hash]) => `/packs/b/${hash}`).sort());
  expect(await listDownloads(app.device)).toEqual([]);
  expect(await app.device.read(["parts"], async (tx) => await tx.objectStore("parts").count())).toBe(0);
});

test("a line that breaks: the next try goes on at the byte, and no byte is paid for twice", async () => {
  const cut = 40_000;
  breakAfter(first.bundles.pictures, cut);
  const patient = setInterval(() => app.ports.fake.pass(5_000), 1);
  expect(await installer.install(first.card, "pictures", root.spki)).toEqual({
    ok: false,
    code: "offline",
  });
  clearInterval(patient);
  expect(await listDownloads(app.device)).toMatchObject([{ state: "waiting", refusal: "offline" }]);
  app.ports.fake.routes.shift();
  const again = new (installer.constructor as typeof PackInstaller)(app.device, app.api, app.ports);
  expect(await again.install(first.card, "pictures", root.spki)).toMatchObject({
    ok: true,
  });
  const whole = first.files.get(first.bundles.pictures)?.length ?? 0;
  expect(served.get(first.bundles.pictures)).toBe(whole - cut);
  expect(served.get(first.bundles.text)).toBe(first.files.get(first.bundles.text)?.length);
});

test("paused in the middle: the bytes stay, and another tab can pause too", async () => {
  app.ports.fake.routes.unshift(async (path) => {
    if (path === `/packs/b/${first.bundles.pictures}`) await installer.pause("pack");
    return undefined;
  });
  expect(await installer.install(first.card, "pictures", root.spki)).toEqual({
    ok: false,
    code: "paused",
  });
  expect(await listDownloads(app.device)).toMatchObject([{ state: "paused" }]);
  app.ports.fake.routes.shift();
  expect(await installer.install(first.card, "pictures", root.spki)).toMatchObject({ ok: true });
  expect(served.get(first.bundles.text)).toBe(first.files.get(first.bundles.text)?.length);
});

test("a server that knows no ranges costs bytes, not correctness", async () => {
  breakAfter(first.bundles.text, 10_000);
  const patient = setInterval(() => app.ports.fake.pass(5_000), 1);
  await installer.install(first.card, "text", root.spki);
  clearInterval(patient);
  app.ports.fake.routes.shift();
  app.ports.fake.routes.unshift((path) =>
    path === `/packs/b/${first.bundles.text}` ? new Response(first.files.get(first.bundles.text)) : undefined,
  );
  expect(await installer.install(first.card, "text", root.spki)).toMatchObject({
    ok: true,
  });
});

test("an update loads only the tiers that changed, and drops what nobody needs", async () => {
  await installer.install(first.card, "pictures", root.spki);
  expect(await installer.install(second.card, "pictures", root.spki)).toMatchObject({ ok: true, before: { version: 1 } });
  expect(served.get(second.bundles.pictures)).toBe(first.files.get(first.bundles.pictures)?.length);
  const here = app.ports.fake.caches.paths(PACK_CACHE);
  expect(here.sort()).toEqual(
    Object.keys(second.manifest.blobs)
      .map((hash) => `/packs/b/${hash}`)
      .sort(),
  );
});

test("the quiz of an older version stays while an attempt needs it", async () => {
  await installer.install(first.card, "text", root.spki);
  const quiz = first.manifest.lessons[0]?.editions["zh-Hans"]?.quiz ?? "";
  await pinAttempt(app.device, {
    attempt: "a1",
    person: "p",
    manifest: first.card.manifest,
    lesson: "01",
  });
  await installer.install(second.card, "text", root.spki);
  expect(await installer.blobs.text(quiz)).toContain("v1");
  await unpinAttempt(app.device, "a1");
  await installer.removeMedia("pack");
  await installer.install(second.card, "pictures", root.spki);
  expect(await installer.blobs.text(quiz)).toBeUndefined();
});

test("removing the pictures keeps lessons; removing the pack keeps nothing of it", async () => {
  await installer.install(first.card, "pictures", root.spki);
  expect(await installer.removeMedia("pack")).toMatchObject({ tier: "text" });
  expect(app.ports.fake.caches.paths(PACK_CACHE)).toHaveLength(
    Object.values(first.manifest.blobs).filter((blob) => blob.tier === "text").length,
  );
  await installer.remove("pack");
  expect(app.ports.fake.caches.paths(PACK_CACHE)).toEqual([]);
  expect(await app.device.read(["manifests"], async (tx) => await tx.objectStore("manifests").count())).toBe(0);
});

test("two tabs do not load the same pack at once", async () => {
  const [one, two] = await Promise.all([
    installer.install(first.card, "text", root.spki),
    installer.install(first.card, "text", root.spki),
  ]);
  expect([one.ok, two]).toEqual([true, { ok: false, code: "busy" }]);
});
