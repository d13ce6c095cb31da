/** The protocol's short hash. The digest is passed in: the platform has it, and it can only be awaited. */
import { type Bytes, toBase64url } from "./bytes.ts";

/** SHA-256. */
export type Digest = (message: Bytes) => Promise<Bytes>;

/** H16: the first 16 bytes of SHA-256 in base64url. */
export async function h16(digest: Digest, message: Bytes): Promise<string> {
  return toBase64url((await digest(message)).subarray(0, 16));
}
