/**
 * Stands in for src/platform/hpke.ts: the same HPKE (RFC 9180, base mode, P-256, HKDF-SHA256, AES-128-GCM) at once, without threads, so that a seed
 * decides the order of everything. Real hubs open what it seals and it opens what they seal. Owns telling what was sealed, for the fingerprint:
 * the sealed bytes are different each time.
 */
import { createCipheriv, createDecipheriv, createHmac, createPublicKey, diffieHellman, generateKeyPairSync, KeyObject } from "node:crypto";
import { type Bytes, fromBase64url, join, utf8 } from "../src/domain/bytes.ts";

const KEY = { name: "ECDH", namedCurve: "P-256" } as const;
/** DHKEM(P-256, HKDF-SHA256); HKDF-SHA256; AES-128-GCM. */
const KEM_SUITE = join(utf8("KEM"), Uint8Array.of(0, 0x10));
const SUITE = join(utf8("HPKE"), Uint8Array.of(0, 0x10, 0, 1, 0, 1));
const NOTHING = new Uint8Array(0);
const [ENC_BYTES, TAG_BYTES] = [65, 16];

/** Hears what is sealed. */
export const sealing: { heard: (plain: Uint8Array) => void } = { heard: () => undefined };

export async function makeFileKeys(): Promise<CryptoKeyPair> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [open, secret] = [publicKey.toCryptoKey(KEY, true, []), privateKey.toCryptoKey(KEY, true, ["deriveBits"])];
  return { publicKey: open as CryptoKey, privateKey: secret as CryptoKey };
}

export async function seal(_crypto: SubtleCrypto, readerKey: string, plain: Bytes, info: Bytes): Promise<Bytes> {
  sealing.heard(plain);
  const reader = createPublicKey({ key: Buffer.from(fromBase64url(readerKey)), format: "der", type: "spki" });
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const enc = pointOf(publicKey);
  const { key, nonce } = schedule(diffieHellman({ privateKey, publicKey: reader }), enc, pointOf(reader), info);
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  return join(enc, cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

export async function openSealed(keys: CryptoKeyPair, sealed: Bytes, info: Bytes): Promise<Bytes | null> {
  return open(keys, sealed, info);
}

/** Null when it was sealed to another key or changed since. */
export function open(keys: CryptoKeyPair, sealed: Bytes, info: Bytes): Bytes | null {
  try {
    const enc = sealed.slice(0, ENC_BYTES);
    const [x, y] = [enc.slice(1, 33), enc.slice(33)].map((half) => Buffer.from(half).toString("base64url")) as [string, string];
    const sender = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    const shared = diffieHellman({ privateKey: KeyObject.from(keys.privateKey), publicKey: sender });
    const { key, nonce } = schedule(shared, enc, pointOf(KeyObject.from(keys.publicKey)), info);
    const end = sealed.length - TAG_BYTES;
    const cipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(sealed.slice(end));
    return join(cipher.update(sealed.slice(ENC_BYTES, end)), cipher.final());
  } catch {
    return null;
  }
}

/** RFC 9180, 4.1 and 5.1, for one message. */
function schedule(dh: Uint8Array, enc: Bytes, reader: Bytes, info: Bytes): { key: Bytes; nonce: Bytes } {
  const shared = expand(KEM_SUITE, extract(KEM_SUITE, NOTHING, "eae_prk", dh), "shared_secret", join(enc, reader), 32);
  const hashes = [extract(SUITE, NOTHING, "psk_id_hash", NOTHING), extract(SUITE, NOTHING, "info_hash", info)];
  const context = join(Uint8Array.of(0), ...hashes);
  const secret = extract(SUITE, shared, "secret", NOTHING);
  return { key: expand(SUITE, secret, "key", context, 16), nonce: expand(SUITE, secret, "base_nonce", context, 12) };
}

function extract(suite: Bytes, salt: Uint8Array, label: string, material: Uint8Array): Bytes {
  return hmac(salt, join(utf8("HPKE-v1"), suite, utf8(label), material));
}

/** At most one block of the hash. */
function expand(suite: Bytes, secret: Bytes, label: string, info: Uint8Array, bytes: number): Bytes {
  const labelled = join(Uint8Array.of(0, bytes), utf8("HPKE-v1"), suite, utf8(label), info);
  return hmac(secret, join(labelled, Uint8Array.of(1))).slice(0, bytes);
}

function hmac(key: Uint8Array, message: Uint8Array): Bytes {
  return new Uint8Array(createHmac("sha256", key).update(message).digest());
}

/** The uncompressed point, which ends a P-256 SubjectPublicKeyInfo. */
function pointOf(key: KeyObject): Bytes {
  return new Uint8Array(key.export({ format: "der", type: "spki" })).slice(-ENC_BYTES);
}
