/**
 * Everything that is on its way between phones and hubs. Owns what a bad network of a school does to questions and answers, and what of them may enter the
 * fingerprint: what was asked, answered and decided, never what was signed or sealed.
 */
import type { Bytes } from "../src/domain/bytes.ts";
import { readXtsync } from "../src/sync/xtsync.ts";
import type { Chance } from "../src/sync/testing/ports.ts";
import { type Asked, Flights, flippedAfter } from "./flights.ts";
import { open } from "./hpke.ts";
import type { Hubs } from "./hubs.ts";
import type { World } from "./world.ts";

export interface HubFaults {
  lostQuestion: number;
  lostAnswer: number;
  doubled: number;
  late: number;
  damaged: number;
  /** Something else answers. */
  portal: number;
}

export const HUB_STORM: HubFaults = { lostQuestion: 0.1, lostAnswer: 0.12, doubled: 0.1, late: 0.12, damaged: 0.05, portal: 0.05 };
export const NO_HUB_FAULTS: HubFaults = { lostQuestion: 0, lostAnswer: 0, doubled: 0, late: 0, damaged: 0, portal: 0 };

export interface Question extends Asked<Bytes> {
  address: string;
  bytes: Bytes;
  /** What the answer is sealed to. */
  reader: CryptoKeyPair;
}

/** What a hub told a phone: of everybody's words. */
export interface Told {
  held?: unknown[];
  statements?: unknown[];
  entries?: { s?: string; f?: number; by?: string; d?: unknown }[];
  /** What the root has not numbered, and the name of that list. */
  provisional?: { s: string; f: number; by: string; d: unknown }[];
  prov?: string;
}

export class HubLine extends Flights<Question, Bytes> {
  faults = NO_HUB_FAULTS;
  /** Of the answers that were given: with segments that are held, words of the root, numbered entries, entries without a number; and what was refused. */
  readonly figures = { held: 0, statements: 0, entries: 0, provisional: 0, refused: 0 };
  private readonly hubs: Hubs;

  constructor(world: World, hubs: Hubs) {
    super(world);
    this.hubs = hubs;
  }

  /** Somebody's question, whose answer nobody waits for. */
  bring(question: Omit<Question, "settle" | "answer">): void {
    this.deliver(question);
  }

  protected goUp(flight: Question): void {
    const { chance } = this.world;
    const { faults } = this;
    if (chance.chance(faults.late)) this.drifting.push(flight);
    if (chance.chance(faults.lostQuestion)) return this.land(flight, undefined);
    if (chance.chance(faults.portal)) return this.land(flight, response(new TextEncoder().encode("<html>Welcome to the school</html>")));
    const bytes = chance.chance(faults.damaged) ? flipped(flight.bytes, chance) : flight.bytes;
    if (chance.chance(faults.doubled)) this.deliver({ ...flight, bytes });
    const answer = this.deliver({ ...flight, bytes });
    if (answer === undefined) this.land(flight, undefined);
    else flight.answer = answer;
  }

  protected comeDown(flight: Question, answer: Bytes): void {
    const { chance } = this.world;
    if (chance.chance(this.faults.lostAnswer)) return this.land(flight, undefined);
    // What it changes is looked at at once: later much of it heals.
    this.world.air.promised.add(flight.phone);
    this.land(flight, response(chance.chance(this.faults.damaged) ? flipped(answer, chance) : answer));
  }

  /** To the hub at that address, and what it says; undefined where there is none any more, or none that could read it. */
  protected deliver({ phone, address, bytes, reader }: Omit<Question, "settle" | "answer">): Bytes | undefined {
    const { world } = this;
    const hub = this.hubs.at(address);
    if (hub === undefined) return undefined;
    const { header, body } = world.askApart<{ status: number; cuts?: number }>(
      { op: "hub_post", hub, ...(this.faults === NO_HUB_FAULTS ? {} : this.hubs.powerCut()) },
      bytes,
    );
    this.hubs.cutsSeen = header.cuts ?? this.hubs.cutsSeen;
    world.bridge.note(`hub ${hub} answers ${phone.name} ${header.status}`);
    if (header.status >= 500) world.watch.broken("CRASH", `a hub answered ${header.status}: ${new TextDecoder().decode(body)}`);
    if (header.status !== 200) {
      this.figures.refused += 1;
      return undefined;
    }
    const file = readXtsync(new Uint8Array(body));
    const plain = file && open(reader, file.sealed, file.openPart);
    if (!plain) {
      world.watch.broken("FAILED", `nobody can open what hub ${hub} answered`);
      return undefined;
    }
    world.bridge.note(plain);
    const told = JSON.parse(new TextDecoder().decode(plain)) as Told;
    world.watch.answered(phone, JSON.stringify({ entries: [...(told.entries ?? []), ...(told.provisional ?? [])] }));
    this.hubs.noteList(told);
    for (const part of ["held", "statements", "entries", "provisional"] as const) this.figures[part] += told[part]?.length ? 1 : 0;
    return new Uint8Array(body);
  }
}

/** As much of a Response as the client looks at. */
function response(bytes: Uint8Array): Response {
  return {
    ok: true,
    status: 200,
    headers: { get: () => null },
    arrayBuffer: async () => bytes.slice().buffer,
  } as unknown as Response;
}

/** One bit of what is sealed or signed: what stands openly is different each time, and so would be what its damage does. */
function flipped(bytes: Bytes, chance: Chance): Bytes {
  return flippedAfter(bytes, readXtsync(bytes)?.openPart.length ?? 0, chance);
}
