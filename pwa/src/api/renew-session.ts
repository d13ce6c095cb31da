/** Renewal of a session (docs/sync-protocol.md, "Sign-in and sessions"). Owns the wire shapes and what the device key signs. */
import { toBase64url, utf8 } from "../domain/bytes.ts";
import type { ApiClient } from "./client.ts";

export interface SessionAnswer {
  token: string;
  token_expires_ms: number;
  server_ms: number;
}

const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** A new token: the server's nonce, signed by the device key. */
export async function renewSession(api: ApiClient, crypto: SubtleCrypto, device: string, keys: CryptoKeyPair): Promise<SessionAnswer> {
  const { nonce } = await api.postJson<{ nonce: string }>("/api/1/session/nonce", { device });
  const signature = await crypto.sign(SIGNING, keys.privateKey, utf8(`xuetan-session/1\n${nonce}`));
  return await api.postJson<SessionAnswer>("/api/1/session", {
    device,
    nonce,
    signature: toBase64url(new Uint8Array(signature)),
  });
}
