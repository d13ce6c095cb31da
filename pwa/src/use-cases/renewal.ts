/** A new token for a person, by the device key. Owns what the server's refusals mean. */
import { type ApiClient, ApiError } from "../api/client.ts";
import { renewSession } from "../api/renew-session.ts";
import type { Credential } from "../api/transport.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { changePerson, findPerson } from "../db/people.ts";

type Renewal = Awaited<ReturnType<Credential["renew"]>>;

export async function renewCredential(person: string, device: DeviceDatabase, api: ApiClient, crypto: SubtleCrypto): Promise<Renewal> {
  const record = await findPerson(device, person);
  if (record === undefined) return "refused";
  try {
    const { token, token_expires_ms: tokenExpiresMs } = await renewSession(api, crypto, record.device, record.keys);
    await changePerson(device, person, (now) => ({ ...now, token, tokenExpiresMs }));
    return "renewed";
  } catch (error) {
    return judge(error);
  }
}

function judge(error: unknown): Renewal {
  if (!(error instanceof ApiError) || error.code === "unreachable") return "unreachable";
  if (error.code === "device_revoked") return "revoked";
  if (error.code !== "not_ours" && (error.status === 401 || error.status === 403)) return "refused";
  return "busy";
}
