/** What must hold when everybody met the root without faults. Owns the comparison of phones, root and truth. */
import { decodeColumns } from "../src/domain/columns.ts";
import { eventHash } from "../src/domain/event-hash.ts";
import type { StreamEvent } from "../src/domain/event.ts";
import { originOf } from "../src/domain/event.ts";
import type { PulledSegment, ReceiptRecord, RowRecord, SetAsideRecord, StreamRecord, SyncMeta } from "../src/db/person-schema.ts";
import { digest } from "./compression.ts";
import type { Holdings, RootEvent } from "./holdings.ts";
import { checkHubs } from "./hub-checks.ts";
import type { Dump, Phone } from "./phone.ts";
import { fateAtRest, tokenOf } from "./truth.ts";
import type { World } from "./world.ts";

/** What became of everything that was saved. */
export interface Outcome {
  saved: number;
  /** At the root: shown, or set aside as it had to be. */
  received: number;
  aside: number;
  /** With the only phone that held it. */
  gone: number;
}

export async function checkAtRest(world: World): Promise<Outcome> {
  const holdings = world.holdings();
  const root = await readRoot(world, holdings);
  checkTruth(world, holdings, root);
  for (const phone of world.phones) await checkPhone(world, phone, holdings, root);
  if (world.hubs !== undefined) await checkHubs(world, world.hubs);
  const { found } = world.ask<{ found: string[] }>({ op: "disorder", rebuild: world.extent.rebuild && world.projects });
  for (const each of found) world.watch.found.push(each);
  return outcomeOf(world, root);
}

function outcomeOf(world: World, root: RootRead): Outcome {
  const saved = [...world.truth.facts.values()].filter((fact) => fact.saved);
  const shown = saved.filter((fact) => root.shown.get(fact.scope)?.has(fact.token));
  const aside = saved.filter((fact) => !shown.includes(fact) && root.aside.has(fact.token));
  const gone = saved.filter((fact) => fact.excused && !shown.includes(fact) && !aside.includes(fact));
  return { saved: saved.length, received: shown.length + aside.length, aside: aside.length, gone: gone.length };
}

interface RootRead {
  /** Token to author, by scope: what readers are shown. */
  shown: Map<string, Map<string, string>>;
  aside: Set<string>;
}

async function readRoot(world: World, holdings: Holdings): Promise<RootRead> {
  const shown = new Map<string, Map<string, string>>();
  const identities = new Map<string, string>();
  const aside = new Set<string>();
  for (const segment of holdings.segments) {
    const here = shown.get(segment.scope) ?? new Map<string, string>();
    shown.set(segment.scope, here);
    for (const event of segment.events) {
      const token = tokenOf(event.payload);
      if (segment.aside.includes(segment.first + event.index)) {
        aside.add(token);
        continue;
      }
      here.set(token, segment.by);
      const identity = `${segment.by} ${await identityOf(event, segment.stream, segment.first)}`;
      const known = identities.get(token);
      if (known !== undefined && known !== identity) world.watch.broken("DOUBLED", `the root tells ${token} twice`);
      identities.set(token, identity);
    }
  }
  for (const part of holdings.aside) for (const event of part.events) aside.add(tokenOf(event.payload));
  return { shown, aside };
}

/** What folds take once: the origin, where its hash is the event's own. */
async function identityOf(event: RootEvent, stream: string, first: number): Promise<string> {
  const hash = await eventHash(digest, event);
  const origin = event.origin !== null && event.origin[2] === hash ? event.origin : [stream, first + event.index];
  return `${origin[0]}:${origin[1]}:${hash}`;
}

function keptAs(holdings: Holdings, token: string): string {
  const parts = holdings.aside.filter(({ events }) => events.some(({ payload }) => tokenOf(payload) === token));
  return parts.map(({ code, by, device, stream, seq }) => `, kept as ${code} from ${by} ${device} at ${stream} ${seq}`).join("");
}

function checkTruth(world: World, holdings: Holdings, root: RootRead): void {
  for (const fact of world.truth.facts.values()) {
    const by = root.shown.get(fact.scope)?.get(fact.token);
    const elsewhere = [...root.shown].find(([scope, tokens]) => scope !== fact.scope && tokens.has(fact.token));
    if (elsewhere !== undefined) world.watch.broken("LEAKED", `${fact.token} of ${fact.scope} stands in ${elsewhere[0]}`);
    if (by !== undefined && by !== fact.by) world.watch.broken("LEAKED", `${fact.token} stands under another's name`);
    if (by !== undefined && fact.fate === "aside") world.watch.broken("LEAKED", `${fact.token} was to be set aside`);
    if (!fact.saved || fact.excused) continue;
    const fate = fateAtRest(fact, holdings);
    if (fate === "shown" && by === undefined)
      world.watch.broken(
        "LOST",
        `${fact.token} of ${fact.scope}, held by ${[...fact.holders].join(" ") || "nobody"}${keptAs(holdings, fact.token)}`,
      );
    if (fate !== "shown" && by === undefined && !root.aside.has(fact.token))
      world.watch.broken("LOST", `${fact.token} is nowhere, not even aside`);
  }
}

async function checkPhone(world: World, phone: Phone, holdings: Holdings, root: RootRead): Promise<void> {
  const dump = await phone.dump();
  const meta = dump.get("meta") as { key: string }[];
  const sync = meta.find(({ key }) => key === "sync") as SyncMeta | undefined;
  const broken = (kind: string, what: string): void => world.watch.broken(kind, `${phone.name} ${what}`);
  if (sync?.epoch !== holdings.epoch) broken("EPOCH", `is in ${sync?.epoch}, the root in ${holdings.epoch}`);
  const follow = holdings.follow
    .filter(([person]) => person === phone.person.person)
    .map(([, , number, scope, role]) => ({ number, scope, role }));
  if (JSON.stringify(sync?.follow) !== JSON.stringify(follow)) broken("DIVERGED", "follows other scopes than the root says");
  for (const { number, scope } of follow)
    if ((sync?.cursors[number] ?? 0) !== (holdings.heads[scope] ?? 0))
      broken("DIVERGED", `has read ${scope} up to ${sync?.cursors[number]}`);
  const scopes = new Set(follow.map(({ scope }) => scope));
  checkStrangers(dump, scopes, broken);
  await checkShown(dump, scopes, root, broken);
  checkRows(dump, scopes, holdings, broken);
  checkBooks(dump, phone, holdings, broken);
}

type Broken = (kind: string, what: string) => void;

function checkStrangers(dump: Dump, scopes: ReadonlySet<string>, broken: Broken): void {
  for (const { scope } of dump.get("entries") as PulledSegment[]) if (!scopes.has(scope)) broken("LEAKED", `keeps entries of ${scope}`);
  for (const { scope } of dump.get("rows") as RowRecord[]) if (!scopes.has(scope)) broken("LEAKED", `keeps rows of ${scope}`);
}

/** Every scope shows what the root shows, once; and of its own words also what the root set aside. */
async function checkShown(dump: Dump, scopes: ReadonlySet<string>, root: RootRead, broken: Broken): Promise<void> {
  const own = dump.get("events") as StreamEvent[];
  for (const scope of scopes) {
    const shown = new Map<string, string>();
    const see = (token: string, identity: string): void => {
      const known = shown.get(token);
      if (known !== undefined && known !== identity) broken("DOUBLED", `shows ${token} twice in ${scope}`);
      shown.set(token, identity);
    };
    for (const event of own) {
      if (event.scope !== scope) continue;
      const { stream, seq } = originOf(event);
      see(tokenOf(event.payload), `${stream}:${seq}:${await eventHash(digest, event)}`);
    }
    for (const entry of dump.get("entries") as PulledSegment[]) {
      if (entry.scope !== scope || entry.own || entry.columns === undefined) continue;
      for (const event of decodeColumns(entry.columns)) {
        const plain = {
          ...event,
          origin:
            event.origin === undefined ? null : ([event.origin.stream, event.origin.seq, event.origin.hash] as [string, number, string]),
        };
        see(tokenOf(event.payload), await identityOf(plain, entry.stream, entry.first));
      }
    }
    const here = root.shown.get(scope) ?? new Map<string, string>();
    for (const token of here.keys()) if (!shown.has(token)) broken("DIVERGED", `does not show ${token} of ${scope}`);
    const mine = new Set(own.map((event) => tokenOf(event.payload)));
    for (const token of shown.keys())
      if (!here.has(token) && !(mine.has(token) && root.aside.has(token)))
        broken("DIVERGED", `shows ${token} in ${scope}, the root does not`);
  }
}

function checkRows(dump: Dump, scopes: ReadonlySet<string>, holdings: Holdings, broken: Broken): void {
  const newest = new Map<string, number>();
  for (const [scope, position, kind, key, removed] of holdings.rows) {
    if (!scopes.has(scope)) continue;
    if (removed) newest.delete(`${scope} ${kind} ${key}`);
    else newest.set(`${scope} ${kind} ${key}`, position);
  }
  const here = new Map((dump.get("rows") as RowRecord[]).map((row) => [`${row.scope} ${row.kind} ${row.key}`, row.position]));
  for (const [name, position] of newest)
    if (here.get(name) !== position) broken("DIVERGED", `has row ${name} of ${here.get(name)}, not ${position}`);
  for (const name of here.keys()) if (!newest.has(name)) broken("DIVERGED", `keeps row ${name}, which is gone`);
}

/** Kept by the root beside the stream that it is of. */
const OUTSIDE: ReadonlySet<string> = new Set(["stream_of_another", "device_revoked", "gap", "forked"]);

function isListed(rows: readonly RowRecord[], stream: string, seq: number): boolean {
  return rows.some(({ body }) => {
    const { stream: of, seq: first, n } = body as { stream: string; seq: number; n?: number };
    return of === stream && seq >= first && seq < first + (n ?? 1);
  });
}

/** Everything is proven, every proof has its receipt, and everything that was set aside is told. */
function checkBooks(dump: Dump, phone: Phone, holdings: Holdings, broken: Broken): void {
  const receipts = dump.get("receipts") as ReceiptRecord[];
  // What a hub brought was answered to the hub: its writer hears of it by the row.
  const listed = (dump.get("rows") as RowRecord[]).filter(({ kind }) => kind === "set_aside" && phone.world.hubs !== undefined);
  const told = new Set((dump.get("set_aside") as SetAsideRecord[]).map(({ stream, seq }) => `${stream}:${seq}`));
  for (const stream of dump.get("streams") as StreamRecord[]) {
    if (stream.limit !== undefined && !phone.mayFork) broken("SPURIOUS", `left ${stream.stream}, though nothing was copied`);
    const held = stream.limit ?? stream.next;
    if (stream.acked !== held) broken("ACKED", `has ${held - stream.acked} unproven events in ${stream.stream}`);
    const received = receipts.filter((receipt) => receipt.stream === stream.stream).reduce((sum, receipt) => sum + receipt.n, 0);
    if (received !== stream.acked) broken("RECEIPTS", `has receipts for ${received} of ${stream.acked} events`);
    const owner = holdings.streams[stream.stream];
    if (held > 0 && (owner === undefined || owner[0] !== phone.person.person))
      broken("ACKED", `pushed ${stream.stream}, which the root gave to another`);
    const aside = new Set<string>();
    // Told by an earlier answer, or no longer by a later one: either is right of what was let in.
    const letIn = new Set<string>();
    for (const segment of holdings.segments)
      if (segment.stream === stream.stream && segment.released)
        for (const { index } of segment.events)
          if (!segment.aside.includes(segment.first + index)) letIn.add(`${segment.stream}:${segment.first + index}`);
    for (const segment of holdings.segments)
      if (segment.stream === stream.stream && !segment.released) for (const seq of segment.aside) aside.add(`${segment.stream}:${seq}`);
    for (const part of holdings.aside)
      if (part.whole && part.by === phone.person.person && part.stream === stream.stream && !OUTSIDE.has(part.code))
        for (let seq = part.seq; seq < part.seq + part.n; seq += 1) aside.add(`${part.stream}:${seq}`);
    for (const place of aside) {
      const seq = Number(place.split(":")[1]);
      if (seq < held && !told.has(place) && !isListed(listed, stream.stream, seq) && !letIn.has(place))
        broken("ASIDE", `was not told that ${place} was set aside`);
      told.delete(place);
    }
  }
  for (const place of told) broken("ASIDE", `was told that ${place} was set aside, which it was not`);
}
