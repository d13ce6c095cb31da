/**
 * What is on its way between phones and somebody who answers. Owns the order in which it moves: each move is one decision of the world. What a
 * bad line does with it, and who answers, belongs to those that extend it.
 */
import type { Bytes } from "../src/domain/bytes.ts";
import type { Chance } from "../src/sync/testing/ports.ts";
import type { Phone } from "./phone.ts";
import type { World } from "./world.ts";

export interface Asked<Reply> {
  phone: Phone;
  settle(answer: Response | undefined): void;
  /** On its way back. */
  answer?: Reply;
}

export abstract class Flights<Taken extends Asked<Reply>, Reply> {
  exchanges = 0;
  protected readonly world: World;
  /** Of those whose phone has given up waiting; they arrive all the same. */
  protected readonly drifting: Omit<Taken, "settle" | "answer">[] = [];
  private readonly flights: Taken[] = [];

  constructor(world: World) {
    this.world = world;
  }

  protected abstract goUp(flight: Taken): void;
  protected abstract comeDown(flight: Taken, answer: Reply): void;
  protected abstract deliver(question: Omit<Taken, "settle" | "answer">): Reply | undefined;

  get busy(): boolean {
    return this.flights.length > 0;
  }

  take(taken: Taken): void {
    this.exchanges += 1;
    this.flights.push(taken);
  }

  /** One of those that are on their way gets further, or is lost. */
  move(flight: Taken = this.world.chance.pick(this.flights)): void {
    if (!this.flights.includes(flight)) return;
    if (flight.answer === undefined) this.goUp(flight);
    else this.comeDown(flight, flight.answer);
  }

  /** What this phone asked last and still waits for. */
  newestOf(phone: Phone): Taken | undefined {
    return this.flights.findLast((flight) => flight.phone === phone);
  }

  /** What a phone has just asked arrives and is answered, unless the line loses it; `older` is left where it is. */
  async letThrough(phone: Phone, older?: Taken): Promise<void> {
    const { activities } = this.world;
    await activities.quiet();
    for (let moves = 0; moves < 2; moves += 1) {
      const newest = this.newestOf(phone);
      if (newest !== undefined && newest !== older) this.move(newest);
      await activities.quiet();
    }
  }

  /** Something that was long on its way arrives. */
  arriveLate(): void {
    const late = this.drifting[this.world.chance.below(Math.max(1, this.drifting.length))];
    if (late !== undefined) this.deliver(late);
  }

  /** Everything arrives or is given up. */
  clear(): void {
    while (this.flights.length > 0) this.move();
  }

  protected land(flight: Taken, answer: Response | undefined): void {
    this.flights.splice(this.flights.indexOf(flight), 1);
    flight.settle(answer);
  }
}

/** One bit of what stands from `start` on. */
export function flippedAfter(bytes: Bytes, start: number, chance: Chance): Bytes {
  const out = bytes.slice();
  const at = start + chance.below(out.length - start);
  out[at] = (out[at] as number) ^ (1 << chance.below(8));
  return out;
}
