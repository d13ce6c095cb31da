/** Bytes that were changed, keys that are not believed: refused with their code, and what was there still works. */
import { beforeEach, describe, expect, test } from "vitest";
import { findInstalled } from "../db/find-installed.ts";
import { listDownloads } from "../db/packs.ts";
import { makeKey, signedKeyring } from "../testing/packs.ts";
import { BlobStore } from "./blob-store.ts";
import { app, installer, root, publisher, first, second, flip, trust } from "../testing/two-packs.ts";

describe("a changed byte is refused with its code, and what was installed before still works", () => {
  beforeEach(async () => {
    await installer.install(first.card, "pictures", root.spki);
  });

  async function expectRefused(code: string): Promise<void> {
    expect(await installer.install(second.card, "pictures", root.spki)).toEqual({ ok: false, code });
    expect((await findInstalled(app.device, "pack"))?.version).toBe(1);
    const page = first.manifest.lessons[0]?.editions["zh-Hans"]?.page ?? "";
    expect(await new BlobStore(app.ports.caches).text(page)).toContain("<p");
    expect(await listDownloads(app.device)).toMatchObject([{ state: "refused", refusal: code }]);
  }

  test("in the manifest", async () => {
    flip(second, second.card.manifest);
    await expectRefused("manifest_changed");
  });

  test("in the signature", async () => {
    const signature = JSON.parse(second.signature) as { sig: string };
    second.signature = JSON.stringify({
      ...signature,
      sig: (signature.sig.startsWith("A") ? "B" : "A") + signature.sig.slice(1),
    });
    await expectRefused("signature_invalid");
  });

  test("in a bundle; the next try begins anew and succeeds", async () => {
    const whole = flip(second, second.bundles.text);
    await expectRefused("blob_changed");
    second.files.set(second.bundles.text, whole);
    expect(await installer.install(second.card, "pictures", root.spki)).toMatchObject({ ok: true, pack: { version: 2 } });
  });

  test("in the keyring", async () => {
    trust.keyring = trust.keyring.replace("County", "Countx");
    await expectRefused("keyring_invalid");
  });

  test("a keyring of another root", async () => {
    trust.keyring = await signedKeyring(await makeKey(), [publisher]);
    await expectRefused("keyring_invalid");
  });

  test("a keyring older than one that was seen", async () => {
    trust.keyring = await signedKeyring(root, [publisher], 3);
    await installer.install(first.card, "text", root.spki);
    trust.keyring = await signedKeyring(root, [publisher], 2);
    await expectRefused("keyring_rolled_back");
  });

  test("a publisher that the keyring does not name, or has revoked", async () => {
    trust.keyring = await signedKeyring(root, [await makeKey()], 2);
    await expectRefused("publisher_unknown");
    trust.keyring = await signedKeyring(root, [publisher], 3, [publisher.id]);
    await expectRefused("publisher_unknown");
  });

  test("an older version than the installed one", async () => {
    await installer.install(second.card, "text", root.spki);
    expect(await installer.install(first.card, "text", root.spki)).toEqual({
      ok: false,
      code: "version_rolled_back",
    });
    expect((await findInstalled(app.device, "pack"))?.version).toBe(2);
  });

  test("no space", async () => {
    app.ports.fake.freeBytes = 1000;
    await expectRefused("storage_full");
  });
});
