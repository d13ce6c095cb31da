/** Sending what waits when the browser wakes the worker. Owns one run for each person of this phone, under their own credential. */
import { ApiClient } from "../api/client.ts";
import { httpTransport } from "../api/sync-transport.ts";
import { type DeviceDatabase, openDeviceDatabase } from "../db/device-schema.ts";
import { listPeople } from "../db/people.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { connectTopics } from "../db/topics.ts";
import { countWaiting } from "../db/waiting.ts";
import { browserChannel, clock, fetchPort, locks, random, timers } from "../platform/browser.ts";
import { SyncEngine } from "../sync/engine.ts";
import { sealAll } from "../sync/seal.ts";
import { credentialOf } from "../use-cases/credential.ts";
import { renewCredential } from "../use-cases/renewal.ts";

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
        waiting += await syncOne(device, person, version);
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

async function syncOne(device: DeviceDatabase, person: string, version: string): Promise<number> {
  const db = openPersonDatabase(person);
  try {
    const api = new ApiClient(fetchPort, timers);
    const engine = new SyncEngine({
      person,
      db,
      seal: sealAll,
      transport: httpTransport(api, clock),
      credential: credentialOf(person, device, async () => await renewCredential(person, device, api, crypto.subtle)),
      clock,
      random,
      timers,
      locks,
      app: version,
    });
    await engine.run();
    return await countWaiting(db);
  } finally {
    db.close();
  }
}
