/**
 * A seeded world: teachers, a mentor, several phones each, one server, and everything that goes wrong. Owns the actions and the invariants
 * at rest. The same seed gives the same run.
 */
import { expect } from "vitest";
import type { NewEvent } from "../../db/append.ts";
import { adoptDevice } from "../rotate.ts";
import { type Faults, NO_FAULTS, SimulatedDevice } from "./device.ts";
import { type Chance, seeded } from "./ports.ts";
import { epochName, ProtocolServer } from "./protocol-server.ts";

const STORM: Faults = {
  lostRequest: 0.15,
  lostAnswer: 0.2,
  doubled: 0.15,
  late: 0.2,
  damaged: 0.1,
  refused: 0.1,
  crash: 0.05,
};
export const NO_REST = "the world does not come to rest";
/** The server sets these aside: they stay with who wrote them, and block nobody. */
const POISON = "poison/1";
const TEACHERS = ["teacher-a", "teacher-b"];
const MENTOR = "mentor";

export class World {
  readonly chance: Chance;
  readonly server = new ProtocolServer();
  readonly devices: SimulatedDevice[] = [];
  /** Tokens that must be there at the end, by scope. */
  readonly written = new Map<string, Set<string>>();
  readonly #name: string;
  #backup: unknown;
  #count = 0;
  #epochs = 0;

  private constructor(name: string) {
    this.#name = name;
    this.chance = seeded(name);
  }

  static async make(name: string): Promise<World> {
    const world = new World(name);
    for (const teacher of TEACHERS) {
      world.server.addMember(`u:${teacher}`, teacher, "owner");
      world.server.addMember(`p:${teacher}`, teacher, "owner");
      world.server.addMember("pub", teacher, "member");
      world.server.addMember(`u:${teacher}`, MENTOR, "mentor");
      await world.addDevice(teacher);
      await world.addDevice(teacher);
    }
    world.server.addMember(`u:${MENTOR}`, MENTOR, "owner");
    await world.addDevice(MENTOR);
    world.#backup = world.server.backUp();
    return world;
  }

  async addDevice(person: string): Promise<SimulatedDevice> {
    const number = this.devices.length;
    const device = await SimulatedDevice.make(`${this.#name}-${number}`, person, `device-${number}`, this.chance, this.server);
    this.devices.push(device);
    return device;
  }

  async act(): Promise<void> {
    const device = this.chance.pick(this.devices);
    const action = this.chance.below(100);
    if (action < 45) await this.#write(device);
    else if (action < 78) await this.#sync(device);
    else if (action < 82) await device.syncTwice();
    else if (action < 86) await device.deliverLate();
    else if (action < 88) await this.#clone(device);
    else if (action < 90) await this.#rewind(device);
    else if (action < 92)
      this.server.appendRow("pub", "pack", `pack-${this.chance.below(3)}`, this.chance.chance(0.2) ? undefined : { n: this.#count });
    else if (action < 94) this.#backup = this.server.backUp();
    else if (action < 96) this.#restoreServer();
    else if (action < 98) await this.#newDeviceKey(device);
    else this.#changePair();
  }

  /** The storm is over: everybody syncs until nothing moves. */
  async settle(): Promise<void> {
    for (const device of this.devices) device.faults = NO_FAULTS;
    for (let round = 0; round < 12; round += 1) {
      let moved = 0;
      for (const device of this.devices) {
        const before = device.exchanges;
        await device.sync();
        moved += device.exchanges - before - 1;
      }
      if (moved === 0 && round > 1) return;
    }
    throw new Error(NO_REST);
  }

  async check(): Promise<void> {
    for (const [scope, tokens] of this.written) {
      for (const device of this.devices.filter((each) => this.#reads(each.person, scope))) {
        const shown = await device.shows(scope);
        expect([...new Set(shown)], `${device.name} shows something twice in ${scope}`).toEqual(shown);
        const kept = shown.filter((token) => !token.startsWith(POISON));
        expect(kept, `${device.name} in ${scope}`).toEqual([...tokens].sort());
      }
    }
    for (const device of this.devices) await this.#checkBooks(device);
  }

  #reads(person: string, scope: string): boolean {
    return scope.startsWith("u:") && (scope === `u:${person}` || person === MENTOR);
  }

  async #checkBooks(device: SimulatedDevice): Promise<void> {
    const dump = await device.dump();
    const streams = dump.get("streams") as {
      stream: string;
      acked: number;
      sealed: number;
      next: number;
      limit?: number;
    }[];
    for (const stream of streams) {
      expect(stream.acked, `${device.name} has something unproven`).toBe(stream.limit ?? stream.next);
      expect(this.server.streamNext(stream.stream)).toBeGreaterThanOrEqual(stream.acked);
    }
    const receipts = dump.get("receipts") as { n: number }[];
    const held = streams.reduce((sum, stream) => sum + stream.acked, 0);
    expect(
      receipts.reduce((sum, receipt) => sum + receipt.n, 0),
      `${device.name} has a receipt for everything`,
    ).toBe(held);
  }

  async #write(device: SimulatedDevice): Promise<void> {
    const scope = device.person === MENTOR ? `u:${this.chance.pick(TEACHERS)}` : `u:${device.person}`;
    const events = Array.from({ length: 1 + this.chance.below(4) }, (): NewEvent => {
      this.#count += 1;
      const kind = this.chance.pick(["test_written/1", "test_written/1", "test_read/1", "test_read/1", POISON]);
      const payload = {
        token: `${kind} ${device.name}#${this.#count}`,
        text: "字".repeat(this.chance.below(60)),
      };
      return { scope, kind, payload } as unknown as NewEvent;
    });
    device.clock.jump(this.chance.below(100_000));
    await device.write(events);
    const tokens = this.written.get(scope) ?? new Set();
    this.written.set(scope, tokens);
    for (const event of events) {
      const { token } = event.payload as unknown as { token: string };
      if (!token.startsWith(POISON)) tokens.add(token);
    }
  }

  async #sync(device: SimulatedDevice): Promise<void> {
    device.faults = this.chance.chance(0.7) ? STORM : NO_FAULTS;
    await device.sync();
  }

  /** The whole profile is copied to another phone: same key, same stream, two writers. */
  async #clone(device: SimulatedDevice): Promise<void> {
    if (this.devices.length > 8) return;
    const copy = await this.addDevice(device.person);
    copy.device = device.device;
    await copy.load(await device.dump());
  }

  /** The phone's storage is put back to an older state; what it wrote meanwhile is elsewhere only if it was sent. */
  async #rewind(device: SimulatedDevice): Promise<void> {
    device.faults = NO_FAULTS;
    const old = await device.dump();
    await this.#write(device);
    await device.sync();
    // What only the server has now must be in its backups, or a restore would lose it by right.
    this.#backup = this.server.backUp();
    await device.load(old);
  }

  #restoreServer(): void {
    this.#epochs += 1;
    this.server.restore(this.#backup, epochName(this.#epochs));
  }

  async #newDeviceKey(device: SimulatedDevice): Promise<void> {
    device.device = `${device.name}-key-${this.#count}`;
    await adoptDevice(device.db, device.device, this.chance);
  }

  #changePair(): void {
    const scope = `u:${this.chance.pick(TEACHERS)}`;
    this.server.endMember(scope, MENTOR);
    this.server.addMember(scope, MENTOR, "mentor");
  }
}
