/**
 * What happens to a phone and its person. Owns copies, older states and empty stores, tabs that meet each other, and the note of what was lost
 * with a store. After a copy or an older state people go on writing: only then do two histories of one stream meet.
 */
import type { Phone } from "./phone.ts";
import { changePair, putBack, writeRow } from "./root.ts";
import { tokensOf, tokenOf } from "./truth.ts";
import type { World } from "./world.ts";
import { writeSomething } from "./writing.ts";

/** Tabs of one phone save and sync at the same moment, or one asks and the other is answered first. */
export async function inSeveralTabs(world: World, phone: Phone): Promise<void> {
  const { chance } = world;
  while (phone.tabs.length < 2) phone.openTab();
  if (chance.chance(0.3)) return await overtake(world, phone);
  for (const tab of phone.tabs) {
    if (chance.chance(0.6)) await writeSomething(world, phone, tab);
    if (chance.chance(0.6)) tab.sync();
  }
}

/** The root answers one tab; the world goes on; another tab asks. Without locks either answer may come down first. */
async function overtake(world: World, phone: Phone): Promise<void> {
  const { chance } = world;
  for (const tab of phone.tabs.slice(0, 2)) {
    writeRow(world);
    tab.sync();
    await letMove(world, 3);
    if (chance.chance(0.3)) changePair(world);
    else if (chance.chance(0.2)) await putBack(world);
    else writeRow(world);
  }
}

/** The whole profile on another phone: same key, same streams, two writers. */
export async function clone(world: World, phone: Phone): Promise<void> {
  const { chance } = world;
  const copy = await world.addPhone(phone.person.name);
  if (copy === undefined) return;
  const dump = await phone.dump();
  // Most copies speak as the same device; some are on other hardware, and the person signed in there.
  phone.mayFork = true;
  if (chance.chance(0.7)) [copy.device, copy.token] = [phone.device, phone.token];
  await copy.load(dump);
  await noteStore(world, copy);
  for (const each of [copy, phone]) if (chance.chance(0.6)) await goOn(world, each);
}

/** The phone's storage is put back to an older state, some work later. */
export async function rewind(world: World, phone: Phone): Promise<void> {
  const { chance } = world;
  const old = await phone.dump();
  await writeSomething(world, phone);
  phone.anyTab().sync();
  await letMove(world, chance.below(8));
  await phone.load(old);
  await noteStore(world, phone);
  if (chance.chance(0.7)) await goOn(world, phone);
}

export async function wipe(world: World, phone: Phone): Promise<void> {
  await phone.wipe();
  await noteStore(world, phone);
}

async function goOn(world: World, phone: Phone): Promise<void> {
  await writeSomething(world, phone);
  await world.activities.quiet();
  if (world.chance.chance(0.7)) phone.anyTab().sync();
}

async function letMove(world: World, moves: number): Promise<void> {
  await world.activities.quiet();
  for (let left = moves; left > 0 && world.air.busy; left -= 1) {
    world.air.move();
    await world.activities.quiet();
  }
}

/** Something may be gone from a phone's store; whether it was the last is looked up at the root. */
async function noteStore(world: World, phone: Phone): Promise<void> {
  const dump = await phone.dump();
  const events = dump.get("events") as { payload: Record<string, unknown> }[];
  world.truth.replaced(phone.name, new Set(events.map((event) => tokenOf(event.payload))), tokensOf(world.holdings()));
}
