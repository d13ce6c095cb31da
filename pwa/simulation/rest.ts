/** The end of a world: no more faults, and everybody meets the root until nothing moves. Owns how long that may take. */
import { NO_LINE_FAULTS } from "./air.ts";
import { NO_HUB_FAULTS } from "./hub-line.ts";
import type { Phone } from "./phone.ts";
import { NO_DISK_FAULTS } from "./tab.ts";
import { fateAtRest, tokenOf } from "./truth.ts";
import type { World } from "./world.ts";

const ROUNDS_MAX = 14;

/** The storm is over: everything on its way arrives, everybody signs in, and each phone syncs until nothing moves. */
export async function comeToRest(world: World): Promise<void> {
  world.air.faults = NO_LINE_FAULTS;
  for (const phone of world.phones) [phone.disk, phone.isCutOff] = [NO_DISK_FAULTS, false];
  if (world.hubs !== undefined) world.hubs.line.faults = NO_HUB_FAULTS;
  await letArrive(world);
  world.nowMs += 3_600_000;
  for (const phone of world.phones) {
    phone.closeAll();
    await syncAlone(world, phone);
    // Whoever was shut out, or whom a restored root no longer knows, types the code again.
    if (await phone.isSignedOut()) await phone.signIn();
  }
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    let moved = 0;
    for (const phone of world.phones) moved += (await syncAlone(world, phone)) - 1;
    moved += world.hubs?.talkToTheEnd() ?? 0;
    for (const phone of world.phones) await askAlone(world, phone);
    if (moved === 0 && round > 0 && !letInLastCopies(world)) return;
  }
  world.watch.broken("RESTLESS", `it does not come to rest in ${ROUNDS_MAX} rounds`);
}

/** One run of a phone's engine over a good line; how many requests it took. */
async function syncAlone(world: World, phone: Phone): Promise<number> {
  const before = world.air.exchanges;
  phone.anyTab().sync();
  await world.activities.quiet();
  await letArrive(world);
  return world.air.exchanges - before;
}

/** Whoever has a hub asks it, too: what it tells must fit what the root told. */
async function askAlone(world: World, phone: Phone): Promise<void> {
  if (world.hubs === undefined) return;
  phone.anyTab().asking?.ask();
  await world.activities.quiet();
  await letArrive(world);
  phone.anyTab().asking?.look();
  await world.activities.quiet();
}

async function letArrive(world: World): Promise<void> {
  while (world.air.busy || world.hubs?.line.busy || world.timers.size > 0) {
    world.air.clear();
    world.hubs?.line.clear();
    for (const timer of [...world.timers]) timer();
    await world.activities.quiet();
  }
}

/**
 * The quarantine is storage: what a phone brought under a stream of another, and lost before it heard so, lies there alone, and is an operator's
 * to let in. True when something came in.
 */
function letInLastCopies(world: World): boolean {
  const gone = [...world.truth.facts.values()].filter((fact) => fact.saved && !fact.excused && fact.holders.size === 0);
  if (gone.length === 0) return false;
  const holdings = world.holdings();
  const lost = gone.filter((fact) => fateAtRest(fact, holdings) === "shown");
  if (lost.length === 0) return false;
  const shown = new Set<string>();
  for (const { events, first, aside } of holdings.segments)
    for (const { index, payload } of events) if (!aside.includes(first + index)) shown.add(tokenOf(payload));
  if (lost.every(({ token }) => shown.has(token))) return false;
  let all = 0;
  for (let released = 1; released > 0; all += released) ({ released } = world.ask<{ released: number }>({ op: "release", pick: 0 }));
  return all > 0;
}
