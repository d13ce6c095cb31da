/**
 * A seeded world: one root, people with phones, a line between them, and everything that goes wrong. Owns the schedule; nothing happens that the
 * seed did not choose. The same seed gives the same run, to the byte.
 */
import { IDBFactory } from "fake-indexeddb";
import { type Chance, seeded } from "../src/sync/testing/ports.ts";
import { Activities } from "./activities.ts";
import { Air, NO_LINE_FAULTS, STORM } from "./air.ts";
import type { Bridge } from "./bridge.ts";
import { checkAtRest, type Outcome } from "./checks.ts";
import type { Extent } from "./extent.ts";
import type { Holdings } from "./holdings.ts";
import { changeFaults, forkBesideBackup, hubAct, meetRoot } from "./hub-acts.ts";
import { sealing } from "./hpke.ts";
import { Hubs } from "./hubs.ts";
import { clone, inSeveralTabs, rewind, wipe } from "./misfortunes.ts";
import { Phone } from "./phone.ts";
import { comeToRest } from "./rest.ts";
import { NO_DISK_FAULTS } from "./tab.ts";
import { backUp, project, putBack, release, turnPair, writeRow } from "./root.ts";
import { factsAt, Truth } from "./truth.ts";
import { Watch } from "./watch.ts";
import { writeSomething } from "./writing.ts";

export interface PersonHere {
  name: string;
  person: string;
  phones: { device: string; token: string }[];
}

interface Begun {
  people: PersonHere[];
  cohort: string;
  epoch: string;
  now: number;
}

export class World {
  readonly chance: Chance;
  readonly bridge: Bridge;
  readonly activities = new Activities();
  readonly timers = new Set<() => void>();
  readonly air: Air;
  readonly truth = new Truth();
  readonly watch: Watch;
  readonly phones: Phone[] = [];
  people: PersonHere[] = [];
  cohort = "";
  nowMs = 0;
  /** The root's histories, oldest first. */
  readonly epochs: string[] = [];
  /** What the newest backup of the root holds, where hubs may let go of it. */
  backedUp: ReadonlySet<string> = new Set();
  private count = 0;

  readonly extent: Extent;
  readonly hubs: Hubs | undefined;
  /** Whether anything is projected while this world runs. */
  readonly projects: boolean;
  /** Whether the last thing that happens is the story of a fork: by a chance of its own, so that all before it is as it would be. */
  private readonly endsInFork: boolean;
  outcome: Outcome | undefined;
  /** Hears how far the world is, where somebody waits for it. */
  tell: ((told: Record<string, unknown>) => void) | undefined;
  private begunMs = 0;
  private percent = -1;

  constructor(bridge: Bridge, seed: number, extent: Extent) {
    this.extent = extent;
    this.bridge = bridge;
    // Projecting takes a third of a world's time and no phone sees it: one world in three does, and is compared at rest.
    this.projects = !extent.rebuild || seeded(`projecting-${seed}`).chance(1 / 3);
    this.endsInFork = seeded(`fork-at-the-end-${seed}`).chance(0.3);
    this.chance = seeded(extent.hubs ? `world-with-hubs-${seed}` : `world-${seed}`);
    this.air = new Air(this);
    this.watch = new Watch(this);
    this.hubs = extent.hubs ? new Hubs(this, extent.powerCuts && seeded(`power-cuts-${seed}`)) : undefined;
    bridge.hasKeys = this.hubs !== undefined;
    sealing.heard = (plain) => bridge.note(plain);
  }

  get teachers(): PersonHere[] {
    return this.people.filter((person) => person.name.startsWith("teacher"));
  }

  nextNumber(): number {
    this.count += 1;
    return this.count;
  }

  ask<T = Record<string, unknown>>(question: { op: string } & Record<string, unknown>): T {
    return this.bridge.ask<T>({ ...question, now: this.nowMs }).header;
  }

  post<T>(question: { op: string } & Record<string, unknown>, body: Uint8Array): { header: T; body: Uint8Array } {
    return this.bridge.ask<T>({ ...question, now: this.nowMs }, body);
  }

  /** Nothing of it enters the fingerprint. */
  askApart<T>(question: { op: string } & Record<string, unknown>, body?: Uint8Array): { header: T; body: Uint8Array } {
    return this.bridge.askApart<T>({ ...question, now: this.nowMs }, body);
  }

  holdings(): Holdings {
    return this.ask<Holdings>({ op: "holdings" });
  }

  /** Every fact that the root has or hubs hold, under the name that it came in. */
  kept(): Set<string> {
    return new Set([...factsAt(this.holdings()), ...(this.hubs?.kept() ?? [])]);
  }

  async begin(seed: number): Promise<void> {
    // Nothing of an earlier world is left.
    globalThis.indexedDB = new IDBFactory();
    const begun = this.ask<Begun>({ op: "begin", seed });
    this.people = begun.people;
    this.cohort = begun.cohort;
    this.epochs.push(begun.epoch);
    this.nowMs = begun.now;
    this.begunMs = begun.now;
    for (const { name, person } of this.people) {
      for (const scope of [`u:${person}`, `p:${person}`, "pub"]) this.truth.mayRead(scope, person);
      for (const { person: teacher } of this.teachers) if (name === "mentor-a") this.truth.mayRead(`u:${teacher}`, person);
    }
    this.hubs?.begin();
    for (const name of this.extent.phones ?? this.people.map((person) => person.name)) await this.addPhone(name);
    if (this.hubs !== undefined) await meetRoot(this);
  }

  async addPhone(name: string): Promise<Phone | undefined> {
    const person = this.people.find((each) => each.name === name) as PersonHere;
    const place = person.phones[this.phones.filter((phone) => phone.person === person).length];
    if (place === undefined || this.phones.length >= this.extent.phonesMax) return undefined;
    const phone = new Phone(this, `${name}-${this.phones.length}`, person, place.device, place.token);
    this.phones.push(phone);
    await phone.start();
    return phone;
  }

  async run(): Promise<void> {
    for (let step = 0; step < this.extent.steps && this.watch.found.length === 0; step += 1) {
      this.nowMs += this.chance.below(this.chance.chance(0.04) ? 86_400_000 : this.extent.stepMs);
      if (step % 30 === 0) this.air.faults = this.chance.chance(0.75) ? STORM : NO_LINE_FAULTS;
      if (step % 30 === 0 && this.hubs !== undefined) changeFaults(this, this.hubs);
      // Half of all that happens, happens to the same three: they meet themselves often.
      const phone = this.chance.pick(this.chance.chance(0.5) ? this.phones.slice(0, 3) : this.phones);
      if (this.air.busy && this.chance.chance(0.6)) this.air.move();
      else if (this.hubs?.line.busy && this.chance.chance(0.5)) this.hubs.line.move();
      else if (this.timers.size > 0 && this.chance.chance(0.5)) this.chance.pick([...this.timers])();
      else if (this.hubs !== undefined && this.chance.chance(0.55)) await hubAct(this, this.hubs, phone);
      else await this.act(phone);
      await this.activities.quiet();
      if (this.chance.chance(0.15)) this.air.promised.add(phone);
      for (const each of this.air.promised) await this.watch.phone(each);
      this.air.promised.clear();
      this.tellStep(step + 1);
    }
    if (this.hubs !== undefined && this.endsInFork && this.watch.found.length === 0) await forkBesideBackup(this, this.hubs);
    this.tell?.({ stage: "resting" });
    await comeToRest(this);
    this.tell?.({ stage: "comparing" });
    if (this.watch.found.length === 0) this.outcome = await checkAtRest(this);
  }

  /** Once for each percent of the way. */
  private tellStep(step: number): void {
    const percent = Math.floor((100 * step) / this.extent.steps);
    if (this.tell === undefined || percent === this.percent) return;
    this.percent = percent;
    const day = Math.ceil((this.nowMs - this.begunMs) / 86_400_000);
    this.tell({ stage: "running", percent, day, saved: this.truth.savedCount, exchanges: this.air.exchanges });
  }

  private async act(phone: Phone): Promise<void> {
    const action = this.chance.below(100);
    if (action < 28) await writeSomething(this, phone);
    else if (action < 54) phone.anyTab().sync();
    else if (action < 63) await inSeveralTabs(this, phone);
    else if (action < 66) phone.openTab();
    else if (action < 69) phone.anyTab().kill();
    else if (action < 71) phone.disk = this.chance.chance(0.5) ? NO_DISK_FAULTS : { killedBefore: 0.08, killedAfter: 0.08, full: 0.1 };
    else if (action < 74) this.air.arriveLate();
    else if (action < 76) await clone(this, phone);
    else if (action < 79) await rewind(this, phone);
    else if (action < 80) await wipe(this, phone);
    else if (action < 82) await this.signInAgain(phone);
    else if (action < 84) phone.clock.jump((this.chance.below(5) - 2) * 400 * 86_400_000);
    else if (action < 87) writeRow(this);
    else if (action < 89) backUp(this);
    else if (action < 90) await putBack(this);
    else if (action < 93) await turnPair(this);
    else if (action < 94) this.ask({ op: "revoke", device: phone.device });
    else if (action < 95) this.ask({ op: "restart" });
    else if (action < 97) project(this);
    else if (action < 99) release(this);
    else for (const tab of phone.tabs) tab.engine.hurry();
  }

  private async signInAgain(phone: Phone): Promise<void> {
    if (this.chance.chance(0.3)) phone.device = "";
    await phone.signIn();
  }
}
