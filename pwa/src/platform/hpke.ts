/**
 * Sealing bytes to one reader: HPKE (RFC 9180), base mode, P-256, HKDF-SHA256, AES-128-GCM. Owns the suite; its code is a chunk of its own,
 * loaded when a file is made or opened. `info` binds what stands openly beside the sealed bytes.
 */
import { type Bytes, fromBase64url, join } from "../domain/bytes.ts";

const KEY = { name: "ECDH", namedCurve: "P-256" } as const;
const ENC_BYTES = 65;

async function loadSuite() {
  const { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } = await import("@hpke/core");
  return new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
}

/** A reader's keys; the private half never leaves this browser. */
export async function makeFileKeys(crypto: SubtleCrypto): Promise<CryptoKeyPair> {
  return await crypto.generateKey(KEY, false, ["deriveBits"]);
}

/** Encapsulated key and ciphertext. `readerKey`: DER SubjectPublicKeyInfo in base64url. */
export async function seal(crypto: SubtleCrypto, readerKey: string, plain: Bytes, info: Bytes): Promise<Bytes> {
  const suite = await loadSuite();
  const recipientPublicKey = await crypto.importKey("spki", fromBase64url(readerKey), KEY, true, []);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: info.buffer });
  return join(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(plain.buffer)));
}

/** Null when it was sealed to another key or changed since. */
export async function openSealed(keys: CryptoKeyPair, sealed: Bytes, info: Bytes): Promise<Bytes | null> {
  const suite = await loadSuite();
  try {
    const recipient = await suite.createRecipientContext({
      recipientKey: keys,
      enc: sealed.slice(0, ENC_BYTES).buffer,
      info: info.buffer,
    });
    return new Uint8Array(await recipient.open(sealed.slice(ENC_BYTES).buffer));
  } catch {
    return null;
  }
}
