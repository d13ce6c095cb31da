/** Packs from a hub: only while the root is silent, with what came already, and believed by hash and signature alone. */
import { beforeEach, expect, test } from "vitest";
import { findInstalled } from "../db/find-installed.ts";
import { listDownloads } from "../db/packs.ts";
import { buildPack, type BuiltPack, makeKey, servePacks, signedKeyring } from "../testing/packs.ts";
import { app, breakAfter, first, flip, installer, publisher, root, second, served, trust } from "../testing/two-packs.ts";
import { type PackSource } from "./source.ts";

const HUB: PackSource = { base: "http://10.0.0.7:8000", init: { targetAddressSpace: "local" } as RequestInit };
let atHub: BuiltPack[];
let servedAtHub: Map<string, number>;
let asked: RequestInit[];

beforeEach(() => {
  atHub = [first];
  asked = [];
  const server = servePacks(atHub, () => trust.keyring);
  servedAtHub = server.served;
  app.ports.fake.routes.unshift((path, init) => {
    if (!path.startsWith(`${HUB.base}/`)) return undefined;
    asked.push(init);
    const answer = server.route(path.slice(HUB.base.length), init);
    return answer ?? Response.json({ code: "not_found", message: "", retry: "never", details: {}, request_id: "" }, { status: 404 });
  });
});

function cutRoot(): void {
  app.ports.fake.routes.splice(1);
}

const install = async (hubs: PackSource[] = [HUB]) => await installer.install(first.card, "pictures", root.spki, hubs);

test("the hub gives the pack while the root cannot be reached, over the local network", async () => {
  cutRoot();
  expect(await install()).toMatchObject({ ok: true, pack: { version: 1, tier: "pictures" } });
  expect(await findInstalled(app.device, "pack")).toMatchObject({ manifest: first.card.manifest });
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.every((init) => (init as { targetAddressSpace?: string }).targetAddressSpace === "local")).toBe(true);
});

test("while the root answers no hub is asked", async () => {
  expect(await install()).toMatchObject({ ok: true });
  expect(asked).toEqual([]);
});

test("where the root's line dies the hub goes on at the byte", async () => {
  breakAfter(first.bundles.pictures, 40_000);
  const patient = setInterval(() => app.ports.fake.pass(5_000), 1);
  expect(await install()).toMatchObject({ ok: true });
  clearInterval(patient);
  const size = first.files.get(first.bundles.pictures)?.length ?? 0;
  expect(served.get(first.bundles.pictures)).toBeUndefined();
  expect(servedAtHub.get(first.bundles.pictures)).toBe(size - 40_000);
  expect(servedAtHub.get(first.bundles.text)).toBeUndefined();
});

test("a hub that has not got it leaves the download waiting for a line", async () => {
  cutRoot();
  atHub.length = 0;
  expect(await install()).toEqual({ ok: false, code: "offline" });
  expect(await listDownloads(app.device)).toMatchObject([{ slug: "pack", state: "waiting", refusal: "offline" }]);
});

test("the next hub is asked where the first has not got it", async () => {
  cutRoot();
  const silent = { base: "http://10.0.0.9", init: {} };
  expect(await install([silent, HUB])).toMatchObject({ ok: true });
});

test("what a hub changed is never installed, and the next source may have it right", async () => {
  expect(await install()).toMatchObject({ ok: true });
  cutRoot();
  atHub.push(second);
  const next = async () => await installer.install(second.card, "pictures", root.spki, [HUB]);
  const whole = flip(second, second.bundles.text);
  expect(await next()).toEqual({ ok: false, code: "offline" });
  expect(await listDownloads(app.device)).toMatchObject([{ state: "waiting" }]);
  const forged = await buildPack(await makeKey(), { slug: "pack", version: 2, pages: { "01": "<p>别人的课</p>" } });
  atHub.push(forged);
  expect((await installer.install(forged.card, "text", root.spki, [HUB])).ok).toBe(false);
  expect(await findInstalled(app.device, "pack")).toMatchObject({ version: 1 });
  second.files.set(second.bundles.text, whole);
  expect(await next()).toMatchObject({ ok: true, pack: { version: 2 } });
});

test("a hub with an older list of publishers gives the pack, judged by the newer list that is here", async () => {
  const older = trust.keyring;
  trust.keyring = await signedKeyring(root, [publisher], 2);
  expect(await install()).toMatchObject({ ok: true });
  cutRoot();
  trust.keyring = older;
  atHub.push(second);
  expect(await installer.install(second.card, "text", root.spki, [HUB])).toMatchObject({ ok: true });
  trust.keyring = await signedKeyring(root, [publisher], 3, [publisher.id]);
  expect(await installer.install(first.card, "text", root.spki, [HUB])).toMatchObject({ ok: false });
});

test.each(["pause", "remove"] as const)("%s while the root is waited for ends it; no hub goes on with it", async (what) => {
  cutRoot();
  app.ports.fake.routes.push(async (path) => {
    if (path === "/packs/keyring") await installer[what]("pack");
    return undefined;
  });
  expect(await install()).toEqual({ ok: false, code: "paused" });
  expect(asked).toEqual([]);
  expect((await listDownloads(app.device)).map(({ state }) => state)).toEqual(what === "pause" ? ["paused"] : []);
});
