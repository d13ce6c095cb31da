/**
 * What happens to a phone and its person. Owns copies, older states and empty stores, tabs that meet each other, and the note of what was lost
 * with a store. After a copy or an older state people go on writing: only then do two histories of one stream meet.
 */
import type { Phone } from "./phone.ts";
import { changePair, chooseRow, putBack, writeRow } from "./root.ts";
import type { Tab } from "./tab.ts";
import { tokenOf } from "./truth.ts";
import type { World } from "./world.ts";
import { writeSomething } from "./writing.ts";

/** Tabs of one phone save and sync at the same moment, or one asks and the other is answered first. */
export async function inSeveralTabs(world: World, phone: Phone): Promise<void> {
  const { chance } = world;
  if (chance.chance(0.4)) {
    // Where the browser has locks the second tab waits for the first.
    phone = world.phones.find((each) => !each.hasLocks && each.person === phone.person) ?? phone;
    while (phone.tabs.length < 2) phone.openTab();
    return await overtake(world, phone);
  }
  while (phone.tabs.length < 2) phone.openTab();
  for (const tab of phone.tabs) {
    if (chance.chance(0.6)) await writeSomething(world, phone, tab);
    if (chance.chance(0.6)) tab.sync();
  }
}

/**
 * The root answers one tab, and before that comes down it goes on and answers another. Without locks the older answer is the last to be heard. Whatever
 * the line loses of it, is lost.
 */
async function overtake(world: World, phone: Phone): Promise<void> {
  const { air, activities, chance } = world;
  const [first, second] = phone.tabs as [Tab, Tab];
  const row = chooseRow(world);
  writeRow(world, row);
  first.sync();
  await activities.quiet();
  const older = air.newestOf(phone);
  if (older !== undefined) air.move(older);
  await activities.quiet();
  if (chance.chance(0.3)) changePair(world);
  else if (chance.chance(0.3)) await putBack(world);
  else writeRow(world, row);
  second.sync();
  await air.letThrough(phone, older);
  if (older !== undefined && chance.chance(0.6)) air.move(older);
  await activities.quiet();
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
  const isOther = copy.device !== phone.device;
  await copy.load(dump);
  // What was not sent yet has moved to a stream of the other device; signing in as one more moves it again.
  if (isOther && chance.chance(0.5)) {
    copy.device = "";
    await copy.signIn();
  }
  await noteStore(world, copy);
  for (const each of [copy, phone]) if (chance.chance(0.6)) await goOn(world, each);
}

/** The phone's storage is put back to an older state, some work later. */
export async function rewind(world: World, phone: Phone): Promise<void> {
  const { chance } = world;
  const old = await phone.dump();
  await writeSomething(world, phone);
  await world.activities.quiet();
  phone.anyTab().sync();
  if (chance.chance(0.8)) await world.air.letThrough(phone);
  await phone.load(old);
  await noteStore(world, phone);
  if (chance.chance(0.7)) await goOn(world, phone);
}

export async function wipe(world: World, phone: Phone): Promise<void> {
  await phone.wipe();
  await noteStore(world, phone);
}

/** Most often far enough that the root hears of it before anybody else moves. */
export async function goOn(world: World, phone: Phone): Promise<void> {
  await writeSomething(world, phone);
  await world.activities.quiet();
  if (world.chance.chance(0.8)) phone.anyTab().sync();
  if (world.chance.chance(0.5)) await world.air.letThrough(phone);
}

/** Something may be gone from a phone's store; whether it was the last is looked up at the root. */
export async function noteStore(world: World, phone: Phone): Promise<void> {
  const dump = await phone.dump();
  const events = dump.get("events") as { payload: Record<string, unknown> }[];
  world.truth.replaced(phone.name, new Set(events.map((event) => tokenOf(event.payload))), world.kept());
}
