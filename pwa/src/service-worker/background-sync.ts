/** Sending what waits when the browser wakes the worker. Owns one run for each person of this phone, under their own credential. */
import { openDeviceDatabase } from "../db/device-schema.ts";
import { listPeople } from "../db/people.ts";
import { connectTopics } from "../db/topics.ts";
import { browserChannel, clock, fetchPort, locks, random, timers } from "../platform/browser.ts";
import { syncPerson } from "../use-cases/sync-person.ts";

const PORTS = { clock, random, timers, locks, fetch: fetchPort, crypto: crypto.subtle };

/** Throws when something still waits, so that the browser tries again; it does so three times at most. */
export async function syncEverybody(version: string): Promise<void> {
  const stop = connectTopics(browserChannel());
  const device = openDeviceDatabase();
  try {
    let waiting = 0;
    let failure: Error | undefined;
    for (const { person } of await listPeople(device)) {
      // One whose database does not open keeps nobody else's work here.
      try {
        waiting += await syncPerson(device, person, PORTS, version);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
    }
    if (failure !== undefined) throw failure;
    if (waiting > 0) throw new Error(`${waiting} events still wait`);
  } finally {
    device.close();
    stop();
  }
}
