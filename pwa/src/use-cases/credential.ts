/** A person's token. Owns where it is kept; the sync engine decides when to renew, `renewal.ts` how. */
import type { Credential } from "../api/transport.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { findPerson } from "../db/people.ts";

/** `renew`: its code is needed once a month and comes with the second chunk where a page asks. */
export function credentialOf(person: string, device: DeviceDatabase, renew: Credential["renew"]): Credential {
  return {
    async token() {
      return (await findPerson(device, person))?.token ?? "";
    },
    renew,
  };
}
