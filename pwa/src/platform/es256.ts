/** ES256 as both sides speak it: ECDSA P-256 with SHA-256, r|s in base64url. Owns the algorithm's name and the spelling. */
import { fromBase64url, toBase64url } from "../domain/bytes.ts";

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

export async function signMessage(crypto: SubtleCrypto, key: CryptoKey, message: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.sign(SIGNING, key, message)));
}

/** False for whatever is no key or no signature, too. `spki`: DER SubjectPublicKeyInfo in base64url. */
export async function isSignedBy(
  crypto: SubtleCrypto,
  spki: string,
  message: Uint8Array<ArrayBuffer>,
  signature: string,
): Promise<boolean> {
  try {
    const key = await crypto.importKey("spki", fromBase64url(spki), KEY, false, ["verify"]);
    return await crypto.verify(SIGNING, key, fromBase64url(signature), message);
  } catch {
    return false;
  }
}
