/** Which versions of packs unfinished attempts need. Owns the pins; `packs/eviction.ts` respects them. */
import type { DeviceDatabase, PinnedAttempt } from "./device-schema.ts";

export async function pinAttempt(device: DeviceDatabase, pin: PinnedAttempt): Promise<void> {
  await device.write(["pinned_attempts"], async (tx) => {
    await tx.objectStore("pinned_attempts").put(pin);
  });
}

export async function unpinAttempt(device: DeviceDatabase, attempt: string): Promise<void> {
  await device.write(["pinned_attempts"], async (tx) => {
    await tx.objectStore("pinned_attempts").delete(attempt);
  });
}
