/**
 * Is this what the publisher signed, and is the publisher one that our root names? Bytes in, verified object or PackRefusedError out;
 * no network, no storage. Owns the rules of docs/pack-format.md on keyring, manifest and signature. Invariant: nothing is parsed as a
 * manifest before its hash and signature were right.
 */
import type { Keyring, Manifest, Signature, SignedKeyring } from "../contracts/manifest.ts";
import { type Bytes, fromBase64url, join, toHex, utf8 } from "../domain/bytes.ts";
import { digest } from "../platform/compression.ts";
import { PackRefusedError } from "./refused.ts";

/** `atLeast`: the version of the keyring that is here already. */
export async function openKeyring(crypto: SubtleCrypto, signedText: string, rootKey: string, atLeast: number): Promise<Keyring> {
  const signed = parse<SignedKeyring>(signedText, "keyring_invalid");
  if (typeof signed.keyring !== "string" || typeof signed.sig !== "string") throw new PackRefusedError("keyring_invalid");
  const message = utf8(`xuetan-keyring/1\n${signed.keyring}`);
  if (!(await verifySignature(crypto, rootKey, message, signed.sig))) throw new PackRefusedError("keyring_invalid");
  const keyring = parse<Keyring>(signed.keyring, "keyring_invalid");
  if (keyring.format !== "xuetan-keyring/1" || !Array.isArray(keyring.publishers) || !Array.isArray(keyring.revoked)) {
    throw new PackRefusedError("keyring_invalid");
  }
  if (keyring.version < atLeast) throw new PackRefusedError("keyring_rolled_back");
  return keyring;
}

export interface ExpectedManifest {
  slug: string;
  version: number;
  /** SHA-256 in hex, as the catalogue names it. */
  hash: string;
  /** The version that is installed; an older one is not taken. */
  installedVersion: number;
}

export async function openManifest(
  crypto: SubtleCrypto,
  bytes: Bytes,
  signatureText: string,
  keyring: Keyring,
  expected: ExpectedManifest,
): Promise<Manifest> {
  if (toHex(await digest(bytes)) !== expected.hash) throw new PackRefusedError("manifest_changed");
  const signature = parse<Signature>(signatureText, "signature_invalid");
  const publisher = keyring.publishers.find((each) => each.key_id === signature.key_id);
  if (publisher === undefined || keyring.revoked.includes(publisher.key_id)) throw new PackRefusedError("publisher_unknown");
  const message = join(utf8("xuetan-manifest/1\n"), bytes);
  if (signature.alg !== "ES256" || typeof signature.sig !== "string") throw new PackRefusedError("signature_invalid");
  if (!(await verifySignature(crypto, publisher.spki, message, signature.sig))) throw new PackRefusedError("signature_invalid");
  const manifest = parse<Manifest>(new TextDecoder().decode(bytes), "manifest_changed");
  const asSaid = manifest.format === "xuetan-pack/1" && manifest.slug === expected.slug && manifest.version === expected.version;
  if (!asSaid || manifest.publisher !== signature.key_id) throw new PackRefusedError("manifest_changed");
  if (manifest.version < expected.installedVersion) throw new PackRefusedError("version_rolled_back");
  return manifest;
}

function parse<T>(text: string, code: PackRefusedError["code"]): T {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object") return value as T;
  } catch {
    // Told below.
  }
  throw new PackRefusedError(code);
}

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** ES256, r and s, over the message. */
async function verifySignature(crypto: SubtleCrypto, spki: string, message: Uint8Array<ArrayBuffer>, signature: string): Promise<boolean> {
  try {
    const key = await crypto.importKey("spki", fromBase64url(spki), KEY, false, ["verify"]);
    return await crypto.verify(SIGNING, key, fromBase64url(signature), message);
  } catch {
    return false;
  }
}
