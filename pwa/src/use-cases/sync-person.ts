/** One run of the engine for a person who is not open, under their own credential. Owns the opening and closing of their database around it. */
import { ApiClient } from "../api/client.ts";
import { httpTransport } from "../api/sync-transport.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { makeRoom } from "../db/room.ts";
import { countWaiting } from "../db/waiting.ts";
import type { Ports } from "../platform/ports.ts";
import { SyncEngine } from "../sync/engine.ts";
import { leaveDamagedBytes } from "../sync/damaged-bytes.ts";
import { sealAll } from "../sync/seal.ts";
import { credentialOf } from "./credential.ts";
import { renewCredential } from "./renewal.ts";

type RunPorts = Pick<Ports, "fetch" | "timers" | "clock" | "random" | "locks" | "crypto">;

/** How many events of the person still wait afterwards. */
export async function syncPerson(device: DeviceDatabase, person: string, ports: RunPorts, version: string): Promise<number> {
  const db = openPersonDatabase(person);
  db.makeRoom = async () => await makeRoom(db);
  try {
    const api = new ApiClient(ports.fetch, ports.timers);
    const engine = new SyncEngine({
      ...ports,
      person,
      db,
      seal: sealAll,
      leaveDamaged: leaveDamagedBytes,
      transport: httpTransport(api, ports.clock),
      credential: credentialOf(person, device, async () => await renewCredential(person, device, api, ports.crypto)),
      app: version,
    });
    await engine.run();
    return await countWaiting(db);
  } finally {
    db.close();
  }
}
