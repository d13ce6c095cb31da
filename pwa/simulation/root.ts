/** What happens at the root: rows, pairs, projections, and an old backup put back. Owns what the truth must know of each. */
import { tokensOf } from "./truth.ts";
import type { World } from "./world.ts";

export function writeRow(world: World): void {
  const { chance } = world;
  const body = chance.chance(0.25) ? null : { slug: "a-pack", version: world.nextNumber(), reason: { en: "old" } };
  world.ask({ op: "row", scope: "pub", kind: "pack_recalled", key: `pack-${chance.below(3)}`, body });
}

export function project(world: World): void {
  if (world.projects) world.ask({ op: "project" });
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
  world.truth.putBack(tokensOf(world.holdings()));
  if (chance.chance(0.4)) changePair(world);
}

/** Begins or ends a pair; sometimes both at once, which gives a scope another number. */
export function changePair(world: World): void {
  const { chance } = world;
  const teacher = chance.pick(world.teachers);
  const mentor = chance.pick(world.people.filter((person) => person.name.startsWith("mentor")));
  world.truth.mayRead(`u:${teacher.person}`, mentor.person);
  for (let turns = chance.chance(0.3) ? 2 : 1; turns > 0; turns -= 1) world.ask({ op: "pair", mentor: mentor.name, teacher: teacher.name });
}
