/** The engine for a person who is not open, under their own credential. Owns the opening and closing of their database around it. */
import { ApiClient } from "../api/client.ts";
import { httpTransport } from "../api/sync-transport.ts";
import type { Credential } from "../api/transport.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { openPersonDatabase, type PersonDatabase } from "../db/person-schema.ts";
import { makeRoom } from "../db/room.ts";
import { countWaiting } from "../db/waiting.ts";
import type { Ports, Timers } from "../platform/ports.ts";
import { leaveDamagedBytes } from "../sync/damaged-bytes.ts";
import { eraseHeard } from "../sync/erase.ts";
import { SyncEngine } from "../sync/engine.ts";
import { sealAll } from "../sync/seal.ts";
import { credentialOf } from "./credential.ts";
import { renewCredential } from "./renewal.ts";

type RunPorts = Pick<Ports, "fetch" | "timers" | "clock" | "random" | "locks" | "crypto">;

/** What there is of a person as long as their database is open. */
export interface PersonRun {
  db: PersonDatabase;
  api: ApiClient;
  credential: Credential;
  engine: SyncEngine;
}

/** One run of the engine; how many events of the person still wait afterwards. */
export async function syncPerson(device: DeviceDatabase, person: string, ports: RunPorts, version: string): Promise<number> {
  return await withPerson(device, person, ports, version, async ({ db, engine }) => {
    await engine.run();
    await eraseHeard(db);
    return await countWaiting(db);
  });
}

/** `hasNoTime`: where the engine would wait for another try, it gives up, so that it keeps neither the person's lock nor whoever comes next. */
export async function withPerson<T>(
  device: DeviceDatabase,
  person: string,
  ports: RunPorts,
  version: string,
  work: (run: PersonRun) => Promise<T>,
  hasNoTime = false,
): Promise<T> {
  const db = openPersonDatabase(person);
  // To the engine a database that is closed is a person who was closed: that ends its run.
  const giveUp: Timers = { after: (_delayMs, goOn) => (db.close(), goOn(), () => undefined) };
  db.makeRoom = async () => await makeRoom(db, device);
  try {
    const api = new ApiClient(ports.fetch, ports.timers);
    const credential = credentialOf(person, device, async () => await renewCredential(person, device, api, ports.crypto));
    const engine = new SyncEngine({
      ...ports,
      ...(hasNoTime && { timers: giveUp }),
      person,
      db,
      seal: sealAll,
      leaveDamaged: leaveDamagedBytes,
      transport: httpTransport(api, ports.clock),
      credential,
      app: version,
    });
    return await work({ db, api, credential, engine });
  } finally {
    db.close();
  }
}
