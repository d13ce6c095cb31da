/** Runs worlds one after the other and tells of each. */
import "fake-indexeddb/auto";
import { Bridge } from "./bridge.ts";
import { type Extent, rehearsal, SMALL, WITH_HUBS, WITH_POWER_CUTS } from "./extent.ts";
import { World } from "./world.ts";

export async function main(args: readonly string[]): Promise<void> {
  // What the engine says on the console of a phone whose disk is full.
  console.error = () => undefined;
  const first = Number(option(args, "--first") ?? 0);
  const count = Number(option(args, "--count") ?? 1);
  const stopAtFirst = args.includes("--until-found");
  const bridge = new Bridge();
  const days = Number(option(args, "--days") ?? 0);
  const extent = days > 0 ? rehearsal(Number(option(args, "--phones") ?? 10), days) : smallExtent(args);
  for (let seed = first; seed < first + count; seed += 1) {
    const world = new World(bridge, seed, extent);
    if (args.includes("--progress")) world.tell = (told) => bridge.tell({ op: "progress", ...told });
    const began = performance.now();
    try {
      await world.begin(seed);
      await world.run();
    } catch (error) {
      world.watch.broken("FAILED", error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const ms = Math.round(performance.now() - began);
    const told = {
      seed,
      found: world.watch.found,
      facts: world.truth.facts.size,
      exchanges: world.air.exchanges,
      phones: world.phones.length,
      outcome: world.outcome,
      ...world.hubs?.figures,
      ms,
    };
    bridge.tell({ op: "world", ...told, fingerprint: bridge.fingerprint() });
    if (stopAtFirst && world.watch.found.length > 0) break;
  }
  bridge.end();
}

function smallExtent(args: readonly string[]): Extent {
  if (args.includes("--power-cuts")) return WITH_POWER_CUTS;
  return args.includes("--hubs") ? WITH_HUBS : SMALL;
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args[at + 1];
}
