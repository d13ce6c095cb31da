/**
 * The engine against a server written from the protocol's page, in a world where requests are lost, doubled, late and damaged, answers
 * are lost after the commit, tabs are killed around transactions, databases are copied and put back, keys change, and the root is restored.
 * VITE_SEEDS=1000 runs more worlds.
 */
import { afterEach, beforeEach, describe, test, vi } from "vitest";
import { World } from "./testing/world.ts";

const SEEDS = Number(import.meta.env["VITE_SEEDS"] ?? 40);
const FIRST = Number(import.meta.env["VITE_SEED_FIRST"] ?? 0);
const ACTIONS = 60;

// Crashes are the world's doing and are told on the console by the engine.
beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

describe("nothing lost, nothing doubled, all converge and come to rest", () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))("in world %i", async (seed) => {
    const world = await World.make(`world-${seed}`);
    for (let action = 0; action < ACTIONS; action += 1) await world.act();
    await world.settle();
    await world.check();
  });
});
