/** Enrolment (docs/sync-protocol.md, "Sign-in and sessions"). Owns the wire shape and the making of the device key. */
import { toBase64url } from "../domain/bytes.ts";
import type { ApiClient } from "./client.ts";

export interface EnrolAnswer {
  person: string;
  name: string;
  roles: string[];
  device: string;
  token: string;
  token_expires_ms: number;
  epoch: string;
  root_key: string;
  file_key: string;
  time_zone: string;
  language: string;
  server_ms: number;
  pin_secret: string;
  pin_resets: number;
  /** Absent from a server of before. */
  unarrived?: { stream: string; name: string; head: number; count: number; heard_ms: number }[] | null;
}

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;

/** The private half never leaves this browser, not even to this code. */
export async function makeDeviceKeys(crypto: SubtleCrypto): Promise<CryptoKeyPair> {
  return await crypto.generateKey(KEY, false, ["sign", "verify"]);
}

export async function enrol(
  api: ApiClient,
  crypto: SubtleCrypto,
  input: { code: string; keys: CryptoKeyPair; deviceName: string },
): Promise<EnrolAnswer> {
  const spki = new Uint8Array(await crypto.exportKey("spki", input.keys.publicKey));
  return await api.postJson<EnrolAnswer>("/api/1/enrol", {
    code: input.code,
    public_key: toBase64url(spki),
    device_name: input.deviceName,
  });
}
