/**
 * What happens around hubs: phones without a line to the root ask them, they speak with the root when they have one, their disks are thrown away, somebody
 * forges. Owns the stories in which a hub alone holds what a phone gave it: left to chance, such histories seldom meet.
 */
import { NO_LINE_FAULTS } from "./air.ts";
import { HUB_STORM, NO_HUB_FAULTS } from "./hub-line.ts";
import type { Hubs } from "./hubs.ts";
import { forge } from "./forging.ts";
import { clone, goOn, noteStore, rewind, wipe } from "./misfortunes.ts";
import type { Phone } from "./phone.ts";
import { backUp, putBack, writeRow } from "./root.ts";
import type { World } from "./world.ts";
import { writeSomething } from "./writing.ts";

/** Everybody has met the root once, and knows where the hub stands. */
export async function meetRoot(world: World): Promise<void> {
  for (const phone of world.phones) {
    phone.anyTab().sync();
    await world.air.letThrough(phone);
    await world.air.letThrough(phone);
  }
}

/** The same network for a while. */
export function changeFaults(world: World, hubs: Hubs): void {
  hubs.line.faults = world.chance.chance(0.7) ? HUB_STORM : NO_HUB_FAULTS;
}

export async function hubAct(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  const { chance } = world;
  const action = chance.below(100);
  if (action < 17) phone.anyTab().asking?.ask();
  else if (action < 20) await goneWithItsHub(world, hubs);
  else if (action < 31) hubs.talkOverBadLine();
  else if (action < 38) phone.isCutOff = chance.chance(0.5);
  else if (action < 52) await heldByHubAlone(world, hubs, phone);
  else if (action < 70) await carriedAround(world, hubs, phone);
  else if (action < 76) await goneButForHub(world, hubs, phone);
  else if (action < 79) await ofAnotherHistory(world, hubs, phone);
  else if (action < 86) await twoHistoriesMeet(world, hubs, phone);
  else if (action < 88) hubs.destroy();
  else if (action < 91) hubs.restart();
  else if (action < 95) await forge(world, hubs);
  else if (action < 98) phone.anyTab().asking?.look();
  else hubs.line.arriveLate();
}

/** No line but the hub's: what is written goes there; then something is lost. */
async function heldByHubAlone(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  const { chance } = world;
  await give(world, hubs, phone);
  const end = chance.below(100);
  if (end < 15) hubs.destroy();
  else if (end < 40) await wipe(world, phone);
  else if (end < 48) await putBack(world);
  else if (end < 60) await rewind(world, phone);
  if (chance.chance(0.5)) hubs.talkOverBadLine();
  phone.isCutOff = chance.chance(0.3);
}

/** What the root had of a phone is gone from the root, and then the phone is: the last copy of what was given to the hub, and often not all that came before. */
async function goneButForHub(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  const { chance } = world;
  phone.isCutOff = false;
  phone.anyTab().sync();
  await world.air.letThrough(phone);
  await give(world, hubs, phone);
  if (chance.chance(0.5)) hubs.talkToTheEnd();
  await putBack(world);
  if (chance.chance(0.5)) hubs.talkOverBadLine();
  if (chance.chance(0.7)) await wipe(world, phone);
  phone.isCutOff = chance.chance(0.3);
}

/** The hub brings it to the root, and the root's word back to a phone that never met it; others read what the hub has of it. */
async function carriedAround(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  const { chance } = world;
  await give(world, hubs, phone);
  const mentors = world.phones.filter(({ person }) => person.name === "mentor-a");
  const reader = chance.pick(chance.chance(0.6) ? mentors : world.phones);
  reader.isCutOff = chance.chance(0.7);
  reader.anyTab().asking?.ask();
  await hubs.line.letThrough(reader);
  if (chance.chance(0.4)) writeRow(world);
  hubs.talkOverBadLine();
  for (const each of [phone, reader]) {
    each.anyTab().asking?.ask();
    await hubs.line.letThrough(each);
  }
}

/** The root is put back: the hub hears it before the phone does, or after; one of the two is asked in the meantime. */
async function ofAnotherHistory(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  const { chance } = world;
  await give(world, hubs, phone);
  if (chance.chance(0.6)) hubs.talkToTheEnd();
  await putBack(world);
  if (chance.chance(0.5)) hubs.talkOverBadLine();
  phone.isCutOff = chance.chance(0.4);
  phone.anyTab().sync();
  await world.air.letThrough(phone);
  phone.anyTab().asking?.ask();
  await hubs.line.letThrough(phone);
}

/** A copy, or an older state, of a phone that the hub was given something of: one goes on at the root, the other at the hub. */
async function twoHistoriesMeet(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  const { chance } = world;
  if (chance.chance(0.6)) {
    await clone(world, phone);
    const copy = chance.pick(world.phones.filter(({ person }) => person === phone.person));
    await give(world, hubs, copy);
  } else {
    const old = await phone.dump();
    await give(world, hubs, phone);
    await phone.load(old);
    await noteStore(world, phone);
  }
  phone.isCutOff = false;
  await goOn(world, phone);
  hubs.talkOverBadLine();
}

/** Stories of many steps come to their end only in a good network. */
async function inCalm(world: World, hubs: Hubs, story: () => Promise<void>): Promise<void> {
  const [atRoot, atHub] = [world.air.faults, hubs.line.faults];
  [world.air.faults, hubs.line.faults] = [NO_LINE_FAULTS, NO_HUB_FAULTS];
  await story();
  [world.air.faults, hubs.line.faults] = [atRoot, atHub];
}

/** A mentor was shown what a hub alone has of a teacher; then its disk is gone, and another stands there that never had it. */
async function goneWithItsHub(world: World, hubs: Hubs): Promise<void> {
  const { chance } = world;
  const [teacher, mentor] = ["teacher-", "mentor-a"].map((name) =>
    chance.pick(world.phones.filter(({ person }) => person.name.startsWith(name))),
  );
  if (teacher === undefined || mentor === undefined) return;
  await inCalm(world, hubs, async () => {
    await give(world, hubs, teacher);
    mentor.isCutOff = true;
    await hear(hubs, mentor);
    hubs.destroy();
    mentor.isCutOff = false;
    await meet(world, mentor);
    mentor.isCutOff = chance.chance(0.5);
    await hear(hubs, mentor);
  });
  teacher.isCutOff = chance.chance(0.3);
}

/** An older state of a phone goes on and is in a backup before the hub brings what it was given in between, of which there is no other copy. */
export async function forkBesideBackup(world: World, hubs: Hubs, phone = world.chance.pick(world.phones)): Promise<void> {
  const { chance } = world;
  await inCalm(world, hubs, async () => {
    phone.isCutOff = false;
    await meet(world, phone);
    const old = await phone.dump();
    phone.isCutOff = true;
    await writeSomething(world, phone);
    await world.activities.quiet();
    await hear(hubs, phone);
    await phone.load(old);
    await noteStore(world, phone);
    phone.isCutOff = false;
    for (let times = 0; times < 2; times += 1) {
      await writeSomething(world, phone);
      await world.activities.quiet();
      await meet(world, phone);
    }
    backUp(world);
    hubs.talkToTheEnd();
  });
  if (chance.chance(0.4)) await putBack(world);
}

async function meet(world: World, phone: Phone): Promise<void> {
  phone.anyTab().sync();
  for (let asked = 0; asked < 2; asked += 1) await world.air.letThrough(phone);
}

/** Asks, and where the hub that answered last is no more, the next. */
async function hear(hubs: Hubs, phone: Phone): Promise<void> {
  phone.anyTab().asking?.ask();
  for (let asked = 0; asked < 2; asked += 1) await hubs.line.letThrough(phone);
}

async function give(world: World, hubs: Hubs, phone: Phone): Promise<void> {
  // Where a hub stands phones hear from the root.
  if (world.chance.chance(0.5)) {
    phone.isCutOff = false;
    phone.anyTab().sync();
    await world.air.letThrough(phone);
  }
  phone.isCutOff = true;
  await writeSomething(world, phone);
  await world.activities.quiet();
  phone.anyTab().asking?.ask();
  if (world.chance.chance(0.9)) await hubs.line.letThrough(phone);
}
