/** Slow salted hashes of what a person types. Owns the parameters of PBKDF2 (RFC 8018) with SHA-256. */

type Bytes = Uint8Array<ArrayBuffer>;

/** About a quarter of a second on a cheap phone; stored with each hash, so that it can grow. */
export const PIN_ITERATIONS = 120_000;
export const SALT_BYTES = 16;

export async function slowHash(crypto: SubtleCrypto, secret: string, salt: Bytes, iterations: number): Promise<Bytes> {
  const key = await crypto.importKey("raw", new TextEncoder().encode(secret), "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256));
}

/** Compares all bytes, whatever differs first. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at += 1) difference |= (left[at] ?? 0) ^ (right[at] ?? 0);
  return difference === 0;
}
