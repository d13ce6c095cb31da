/** The newest keyring that was seen, per root key. Owns the memory that refuses an older one; `verify.ts` judges. */
import type { ApiClient } from "../api/client.ts";
import type { Keyring } from "../contracts/manifest.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { type PackSource, ROOT } from "./source.ts";
import { openKeyring } from "./verify.ts";

export async function fetchKeyring(
  device: DeviceDatabase,
  api: ApiClient,
  crypto: SubtleCrypto,
  rootKey: string,
  source: PackSource,
): Promise<Keyring> {
  const kept = await device.read(["keyrings"], async (tx) => await tx.objectStore("keyrings").get(rootKey));
  let signed = new TextDecoder().decode(await fetchBytes(api, source, "/packs/keyring"));
  let keyring: Keyring;
  try {
    keyring = await openKeyring(crypto, signed, rootKey, kept?.version ?? 0);
  } catch (error) {
    // A hub may have an older list for months; the newer one is here.
    if (source === ROOT || kept === undefined) throw error;
    signed = kept.signed;
    keyring = await openKeyring(crypto, signed, rootKey, kept.version);
  }
  await device.write(["keyrings"], async (tx) => {
    const now = await tx.objectStore("keyrings").get(rootKey);
    if (now === undefined || now.version < keyring.version) {
      await tx.objectStore("keyrings").put({ rootKey, version: keyring.version, signed });
    }
  });
  return keyring;
}

/** A small file as a whole. */
export async function fetchBytes(api: ApiClient, source: PackSource, path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await api.answer(`${source.base}${path}`, source.init, async (response) => new Uint8Array(await response.arrayBuffer()));
}
