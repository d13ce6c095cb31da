/** What happens at the root: rows, pairs, projections, and an old backup put back. Owns what the truth must know of each. */
import { factsAt } from "./truth.ts";
import type { PersonHere, World } from "./world.ts";

export function chooseRow(world: World): string {
  return `pack-${world.chance.below(3)}`;
}

export function writeRow(world: World, key = chooseRow(world)): void {
  const { chance } = world;
  const body = chance.chance(0.25) ? null : { slug: "a-pack", version: world.nextNumber(), reason: { en: "old" } };
  world.ask({ op: "row", scope: "pub", kind: "pack_recalled", key, body });
}

export function project(world: World): void {
  if (world.projects) world.ask({ op: "project" });
}

export function backUp(world: World): void {
  world.ask({ op: "back_up" });
  if (world.hubs !== undefined) world.backedUp = factsAt(world.holdings());
}

/** The operator lets in something that was set aside. */
export function release(world: World): void {
  world.ask({ op: "release", pick: world.chance.below(1_000) });
}

/** Often while phones wait for an answer of the old history, and often it goes on differently from the old one. */
export async function putBack(world: World): Promise<void> {
  const { chance } = world;
  if (chance.chance(0.5)) {
    for (const phone of world.phones.slice(0, 2)) phone.anyTab().sync();
    await world.activities.quiet();
    if (world.air.busy) world.air.move();
    await world.activities.quiet();
  }
  world.epochs.push(world.ask<{ epoch: string }>({ op: "put_back" }).epoch);
  world.truth.storesChanged(world.kept());
  if (chance.chance(0.4)) changePair(world);
}

/** Begins or ends a pair, often when the mentor has just read; sometimes both at once, which gives a scope another number. */
export async function turnPair(world: World): Promise<void> {
  const { chance } = world;
  const mentor = chance.pick(world.phones.filter(({ person }) => person.name.startsWith("mentor")));
  if (chance.chance(0.6)) {
    mentor.anyTab().sync();
    await world.air.letThrough(mentor);
  }
  changePair(world, mentor.person);
}

/** As the operator changes it, whatever anybody does meanwhile. */
export function changePair(world: World, mentor = chooseMentor(world)): void {
  const { chance } = world;
  const teacher = chance.pick(world.teachers);
  world.truth.mayRead(`u:${teacher.person}`, mentor.person);
  for (let turns = chance.chance(0.4) ? 2 : 1; turns > 0; turns -= 1) world.ask({ op: "pair", mentor: mentor.name, teacher: teacher.name });
}

function chooseMentor(world: World): PersonHere {
  return world.chance.pick(world.people.filter((person) => person.name.startsWith("mentor")));
}
