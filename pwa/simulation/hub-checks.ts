/** What must hold of hubs: of what phones keep of them at every moment, and of what waits at them in the end. Owns the comparison. */
import { listHubs, listProvisional } from "../src/db/hubs.ts";
import type { Hubs } from "./hubs.ts";
import type { Phone } from "./phone.ts";
import type { World } from "./world.ts";

/** What is shown as not yet numbered is what the last list named, or less. */
export async function checkProvisional(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  await phone.withPlain(async (db) => {
    const prov = (await listHubs(db)).find((hub) => hub.prov !== undefined)?.prov;
    if (prov === undefined) return;
    for (const { stream, first } of await listProvisional(db))
      if (!hubs.listOf(prov).has(`${stream}:${first}`))
        world.watch.broken("LEAKED", `${phone.name} keeps ${stream} ${first}, which the hub told no more`);
  });
}

/** Nothing waits anywhere when everybody met everybody. */
export async function checkHubs(world: World, hubs: Hubs): Promise<void> {
  hubs.checkGiven();
  for (const token of hubs.waiting()) world.watch.broken("LOST", `${token} waits at a hub, though the root knows its device`);
  for (const phone of world.phones) await checkProvisional(world, hubs, phone);
}
