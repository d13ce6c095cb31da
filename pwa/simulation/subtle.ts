/**
 * Signatures for phones of the simulation: as much of SubtleCrypto as asking hubs needs, at once instead of in threads of its own, whose time nobody can
 * seed. Owns nothing of what is signed; signatures differ each time and must not enter a fingerprint.
 */
import { createPrivateKey, createPublicKey, KeyObject, sign, verify } from "node:crypto";

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;

export const SIGNATURES = {
  sign: async (_algorithm: unknown, key: CryptoKey, message: Uint8Array) =>
    sign("sha256", message, { key: KeyObject.from(key), dsaEncoding: "ieee-p1363" }),
  verify: async (_algorithm: unknown, key: CryptoKey, signature: Uint8Array, message: Uint8Array) =>
    verify("sha256", message, { key: KeyObject.from(key), dsaEncoding: "ieee-p1363" }, signature),
  importKey: async (_format: "spki", spki: Uint8Array, _algorithm: unknown, _extractable: boolean, _usages: unknown) =>
    createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }).toCryptoKey(KEY, true, ["verify"]),
  exportKey: async (_format: "spki", key: CryptoKey) => KeyObject.from(key).export({ format: "der", type: "spki" }),
} as unknown as SubtleCrypto;

/** A device's pair from its private key as PEM. */
export function pairOf(pem: string): CryptoKeyPair {
  const key = createPrivateKey(pem);
  const [open, secret] = [createPublicKey(key).toCryptoKey(KEY, true, ["verify"]), key.toCryptoKey(KEY, true, ["sign"])];
  return { publicKey: open as CryptoKey, privateKey: secret as CryptoKey };
}
