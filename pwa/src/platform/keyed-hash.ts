/** HMAC-SHA256 (RFC 2104), for codes that prove a shared secret. */

type Bytes = Uint8Array<ArrayBuffer>;

export async function keyedHash(crypto: SubtleCrypto, secret: Bytes, message: string): Promise<Bytes> {
  const key = await crypto.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.sign("HMAC", key, new TextEncoder().encode(message)));
}
