/**
 * The hubs of a world: where they stand, and what happens to them as a whole. Owns which addresses still answer, and the keys, which are of no seed. The hubs
 * themselves are real ones beside the root (server/xuetan/rehearsal/hubs.py).
 */
import type { Chance } from "../src/sync/testing/ports.ts";
import { HubLine, type Told } from "./hub-line.ts";
import { backUp } from "./root.ts";
import { pairOf } from "./subtle.ts";
import { factsAt, factsIn } from "./truth.ts";
import type { World } from "./world.ts";

/** More than any hub has to say at once. */
const EXCHANGES_MAX = 300;

interface Secrets {
  keys: Record<string, string>;
  root_key: string;
  place: string;
}

/** So many transactions are stored, the next meets it, before its COMMIT or after. */
interface PowerCut {
  at: number;
  when: "before" | "after";
}

/** A segment that a hub keeps, of a device that the root knows. */
interface Part {
  hub: number;
  /** The history that the hub stands in. */
  epoch: string | null;
  by: string;
  state: string;
  events: { payload: Record<string, unknown> }[];
}

/** What happens to a talk. */
interface Fate {
  breaks?: number;
  loses_answer?: boolean;
  crash?: PowerCut;
}

interface Talked {
  /** Exchanges that came to their end. */
  said: number;
  /** Something is left. */
  more?: boolean;
  broke?: boolean;
  cuts?: number;
  /** The root does not take its word: an error code. */
  refused?: string;
}

export class Hubs {
  readonly line: HubLine;
  rootKey = "";
  private readonly world: World;
  private readonly cuts: Chance | undefined;
  /** Power cuts that came. */
  cutsSeen = 0;
  private place = "";
  /** Hub by address, of those that are alive. */
  private readonly alive = new Map<string, number>();
  private readonly lists = new Map<string, Set<string>>();
  private readonly keys = new Map<string, CryptoKeyPair>();

  /** `cuts`: there are power cuts. */
  constructor(world: World, cuts: Chance | undefined) {
    this.world = world;
    this.line = new HubLine(world, this);
    this.cuts = cuts;
  }

  /** How much happened around them. */
  get figures(): Record<string, number> {
    return { questions: this.line.exchanges, ...this.line.figures, ...(this.cuts && { cuts: this.cutsSeen }) };
  }

  get numbers(): number[] {
    return [...this.alive.values()];
  }

  at(address: string): number | undefined {
    return this.alive.get(address);
  }

  begin(): void {
    ({ place: this.place, root_key: this.rootKey } = this.secrets([]));
    this.open();
    // Else an old backup of the root knows of no hub at all.
    if (this.world.chance.chance(0.7)) backUp(this.world);
  }

  keysOf(device: string): CryptoKeyPair {
    const known = this.keys.get(device) ?? pairOf(this.secrets([device]).keys[device] as string);
    this.keys.set(device, known);
    return known;
  }

  /** A new one, which has joined and heard the root: then phones are told where it is. */
  open(): void {
    const { world } = this;
    const clockOff = (world.chance.below(5) - 2) * 200 * 86_400_000;
    const opened = world.ask<{ hub: number; address: string }>({ op: "hub_open", place: this.place, clock_off: clockOff });
    this.alive.set(opened.address, opened.hub);
    this.talk(opened.hub, EXCHANGES_MAX);
  }

  /** Speaks with the root, over a line that may break at any request. */
  talkOverBadLine(hub = this.world.chance.pick(this.numbers)): void {
    const { chance } = this.world;
    const breaks = chance.chance(0.5) ? { breaks: chance.below(4), loses_answer: chance.chance(0.5) } : {};
    this.talk(hub, 1 + chance.below(6), { ...breaks, ...this.powerCut() });
  }

  /** The same until all is said; how much that was beside the question whether there is anything. */
  talkToTheEnd(): number {
    let said = 0;
    for (const hub of this.numbers) said += this.talk(hub, EXCHANGES_MAX).said - 1;
    return said;
  }

  restart(): void {
    this.world.ask({ op: "hub_restart", hub: this.world.chance.pick(this.numbers) });
  }

  /** Its disk is gone with all that it held; another one is set up. */
  destroy(): void {
    const { chance, truth } = this.world;
    const [address, hub] = chance.pick([...this.alive]);
    // Later nobody can say any more what it had brought.
    this.checkGiven();
    this.alive.delete(address);
    this.world.ask({ op: "hub_destroy", hub, revoke: chance.chance(0.5) });
    truth.storesChanged(this.world.kept());
    this.open();
  }

  /** Perhaps what is asked next meets a power cut, at one of the transactions that come of it. */
  powerCut(): { crash?: PowerCut } {
    if (!this.cuts?.chance(0.3)) return {};
    return { crash: { at: this.cuts.below(2), when: this.cuts.pick(["before", "after"] as const) } };
  }

  /** What a list that a hub told names, by the list's name. */
  noteList({ prov, provisional }: Told): void {
    if (prov !== undefined && provisional !== undefined) this.lists.set(prov, new Set(provisional.map(({ s, f }) => `${s}:${f}`)));
  }

  listOf(prov: string): ReadonlySet<string> {
    return this.lists.get(prov) ?? new Set();
  }

  /** Facts that hubs hold, and that the root would take from them. */
  kept(): Set<string> {
    return factsIn(this.parts());
  }

  /** Tokens of what waits at hubs for the root, or was refused by it, though it knows the device. */
  waiting(): string[] {
    return [...factsIn(this.parts().filter(({ state }) => state !== "given"))];
  }

  /** What the root has told a hub in this history to have taken, the root has. */
  checkGiven(): void {
    const { world } = this;
    const holdings = world.holdings();
    const given = this.parts().filter(({ state, epoch }) => state === "given" && epoch === holdings.epoch);
    const here = factsAt(holdings);
    for (const fact of factsIn(given))
      if (!here.has(fact)) world.watch.broken("LOST", `the root took ${fact} from a hub, and does not have it`);
  }

  private parts(): Part[] {
    return this.world.ask<{ parts: Part[] }>({ op: "hub_kept" }).parts;
  }

  /** Talking takes nothing from what hubs keep but what is in a backup of the root. */
  private checkKept(before: ReadonlySet<string>): void {
    const after = this.kept();
    for (const fact of before)
      if (!after.has(fact) && !this.world.backedUp.has(fact))
        this.world.watch.broken("LOST", `a hub let go of ${fact}, which is in no backup`);
  }

  private talk(hub: number, exchanges: number, fate: Fate = {}): Talked {
    const before = this.kept();
    const talked = this.speak(hub, exchanges, fate);
    this.checkKept(before);
    return talked;
  }

  private speak(hub: number, exchanges: number, fate: Fate): Talked {
    const talked = this.world.ask<Talked>({ op: "hub_talk", hub, exchanges, ...fate });
    this.cutsSeen = talked.cuts ?? this.cutsSeen;
    if (talked.refused === undefined) return talked;
    // A root that was put back to a time before it: the operator gets a new code, and it joins again with all that it holds.
    if (talked.refused !== "sign_in_required") this.world.watch.broken("CRASH", `hub ${hub} was refused: ${talked.refused}`);
    this.world.ask({ op: "hub_code", hub, place: this.place });
    return this.world.ask<Talked>({ op: "hub_talk", hub, exchanges });
  }

  private secrets(devices: string[]): Secrets {
    return this.world.askApart<Secrets>({ op: "secrets", devices }).header;
  }
}
