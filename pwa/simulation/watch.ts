/** What must hold at every moment: of every answer of the root, and of every phone between two steps. Owns the list of what was broken. */
import { getStatus } from "../src/db/meta.ts";
import type { StreamRecord } from "../src/db/person-schema.ts";
import { decodeColumns, isColumns } from "../src/domain/columns.ts";
import { checkProvisional } from "./hub-checks.ts";
import type { Phone } from "./phone.ts";
import type { Stored } from "./tab.ts";
import { tokenOf } from "./truth.ts";
import type { World } from "./world.ts";

interface Answer {
  epoch: string;
  entries?: { s?: string; by?: string; d?: unknown }[];
}

export class Watch {
  readonly found: string[] = [];
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  broken(kind: string, what: string): void {
    this.found.push(`${kind} ${what}`);
  }

  /** Nobody is sent what was written for a scope in which they never had a role, what must be set aside, or what nobody wrote. */
  answered(phone: Phone, text: string): void {
    const answer = JSON.parse(text) as Answer;
    for (const entry of answer.entries ?? []) {
      if (!isColumns(entry.d)) continue;
      for (const event of decodeColumns(entry.d)) {
        const fact = this.world.truth.facts.get(tokenOf(event.payload));
        if (fact === undefined) this.broken("LEAKED", `${phone.name} was sent what nobody wrote`);
        else if (fact.by !== entry.by) this.broken("LEAKED", `${phone.name} was sent ${fact.token} under another's name`);
        else if (fact.fate === "aside") this.broken("LEAKED", `${phone.name} was sent ${fact.token}, which was to be set aside`);
        else if (!this.world.truth.hasRead(fact.scope, phone.person.person))
          this.broken("LEAKED", `${phone.name} was sent ${fact.token} of ${fact.scope}`);
      }
    }
  }

  /** What was saved is there; what is acknowledged is at the root. */
  async phone(phone: Phone): Promise<void> {
    const { sync, problem, streams, tokens } = await phone.withPlain(
      async (db) =>
        await db.read(["meta", "streams", "events"], async (tx) => {
          const meta = await tx.objectStore("meta").get("sync");
          return {
            sync: meta?.key === "sync" ? meta : undefined,
            problem: (await getStatus(tx)).problem,
            streams: await tx.objectStore("streams").getAll(),
            tokens: new Set((await tx.objectStore("events").getAll()).map((event) => tokenOf(event.payload))),
          };
        }),
    );
    for (const token of this.world.truth.heldBy(phone.name))
      if (!tokens.has(token)) this.broken("LOST", `${phone.name} no longer has ${token}, which it had saved`);
    this.books(phone, streams);
    if (this.world.hubs !== undefined) await checkProvisional(this.world, this.world.hubs, phone);
    if ((problem === "sign_in_required" || problem === "device_revoked") && !phone.refused)
      this.broken("SPURIOUS", `${phone.name} asks for the code, though the root never refused it`);
    type Told = {
      epoch: string;
      streams: Record<string, [string, string, number, string]>;
      safe: Record<string, number>;
      heads?: Record<number, number>;
    };
    const whose = this.world.hubs === undefined ? {} : { person: phone.person.person };
    const told = this.world.ask<Told>({ op: "streams", streams: streams.map(({ stream }) => stream), ...whose });
    if (told.epoch !== sync?.epoch) return;
    // A hub may tell less than the root, never more. Later the root's own entries come to those places.
    for (const [number, head] of Object.entries(told.heads ?? {}))
      if ((sync.cursors[Number(number)] ?? 0) > head) this.broken("DIVERGED", `${phone.name} has read beyond what the root wrote`);
    for (const { stream, acked, safe = 0 } of streams) {
      if (safe > (told.safe[stream] ?? 0)) this.broken("ACKED", `${phone.name} believes ${safe} of ${stream} to be in a backup`);
      const next = told.streams[stream]?.[2] ?? 0;
      if (acked > next) this.broken("ACKED", `${phone.name} believes ${acked} of ${stream} to be received, the root has ${next}`);
    }
  }

  private books(phone: Phone, streams: readonly StreamRecord[]): void {
    for (const stream of streams) {
      const { acked, next, safe = 0, sealed, limit: held = next } = stream;
      if (!(0 <= safe && safe <= acked && acked <= sealed && sealed <= held && held <= next))
        this.broken("BOOKS", `${phone.name} ${JSON.stringify(stream)}`);
    }
  }

  /** After each answer: neither epoch nor follow list nor what was read goes back. */
  forwards(phone: Phone, { sync, rows, streams }: Stored): void {
    this.books(phone, streams);
    if (sync.epoch === undefined) return;
    const before = phone.seen;
    const positions = new Map(rows.map(({ scope, kind, key, position }) => [`${scope} ${kind} ${key}`, position]));
    const now = { epoch: this.world.epochs.indexOf(sync.epoch), version: sync.followVersion, cursors: sync.cursors, rows: positions };
    phone.seen = now;
    if (now.epoch < before.epoch) this.broken("EPOCH", `${phone.name} went back to an older history`);
    if (now.epoch !== before.epoch) return;
    if (now.version < before.version) this.broken("EPOCH", `${phone.name} went back to an older follow list`);
    for (const [number, position] of Object.entries(before.cursors)) {
      const here = now.cursors[Number(number)];
      if (here !== undefined && here < position) this.broken("DIVERGED", `${phone.name} went back from ${position} to ${here}`);
    }
    // A scope that was dropped and given again is read from its beginning.
    if (now.version !== before.version) return;
    for (const [name, position] of before.rows) {
      const here = positions.get(name);
      if (here !== undefined && here < position) this.broken("DIVERGED", `${phone.name} went back to an older row ${name}`);
    }
  }
}
