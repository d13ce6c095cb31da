/**
 * A server in memory, written from docs/sync-protocol.md and nothing else: the model that the engine is tested against. Owns streams,
 * scopes, follow lists and the quarantine; stores exactly what the page says is stored.
 */
import type { Entry, SegmentHeader, SyncHeader } from "../../contracts/sync.ts";
import type { Bytes } from "../../domain/bytes.ts";
import { type Columns, decodeColumns } from "../../domain/columns.ts";
import { type LogEntry, look, wireEntry } from "./protocol-entries.ts";
import { readFrame } from "./read-frame.ts";

export interface Caller {
  person: string;
  device: string;
}

interface Stream {
  owner: Caller | undefined;
  next: number;
  /** Events in a verified backup of this epoch. */
  safe: number;
  chain: string;
  known: {
    first: number;
    n: number;
    hash: string;
    aside: [number, string][];
  }[];
}

interface Membership {
  scope: string;
  person: string;
  role: string;
  number: number;
  ended: boolean;
}

interface Store {
  streams: Map<string, Stream>;
  scopes: Map<string, LogEntry[]>;
  members: Membership[];
  followVersions: Map<string, number>;
  quarantined: number;
}

export class ProtocolServer {
  epoch = epochName(0);
  clockMs = 1_800_000_000_000;
  #store: Store = {
    streams: new Map(),
    scopes: new Map(),
    members: [],
    followVersions: new Map(),
    quarantined: 0,
  };

  addMember(scope: string, person: string, role: string): void {
    const number = Math.max(0, ...this.#store.members.filter((m) => m.person === person).map((m) => m.number)) + 1;
    this.#store.members.push({ scope, person, role, number, ended: false });
    this.#newFollowVersion(person);
  }

  endMember(scope: string, person: string): void {
    for (const member of this.#store.members) if (member.scope === scope && member.person === person) member.ended = true;
    this.#newFollowVersion(person);
  }

  appendRow(scope: string, kind: string, key: string, body: Record<string, unknown> | undefined): void {
    this.#log(scope).push({ kind, key, body });
  }

  /** A backup that was restored on trial: everything in it is safe. */
  backUp(): unknown {
    for (const stream of this.#store.streams.values()) stream.safe = stream.next;
    return structuredClone(this.#store);
  }

  /** The history of the root is another one from here on. */
  restore(backup: unknown, epoch: string): void {
    this.#store = structuredClone(backup) as Store;
    for (const stream of this.#store.streams.values()) stream.safe = 0;
    this.epoch = epoch;
  }

  /** Events of a scope that readers see, as [stream, seq, event] in order of position. */
  eventsOf(scope: string): { stream: string; first: number; columns: Columns }[] {
    const segments = this.#log(scope).flatMap((entry) => ("segment" in entry ? [entry.segment] : []));
    return segments.map(({ stream, header: { first }, columns }) => ({ stream, first, columns }));
  }

  streamNext(stream: string): number {
    return this.#store.streams.get(stream)?.next ?? 0;
  }

  get quarantined(): number {
    return this.#store.quarantined;
  }

  async handle(frame: Bytes, caller: Caller): Promise<Record<string, unknown>> {
    const { header, bodies } = readFrame(frame, caller.person);
    this.clockMs += 1000;
    if (header.epoch !== undefined && header.epoch !== this.epoch) return { epoch: this.epoch, t: this.clockMs };
    const proven = new Set<number>();
    const looked = await Promise.all(header.segs.map(async (segment, index) => await look(header.stream, segment, bodies[index] as Bytes)));
    const acks: unknown[][] = [];
    let next: number | undefined;
    for (const [index, segment] of header.segs.entries()) {
      const answer = this.#take(header.stream, segment, looked[index], caller, header.off ?? 0);
      acks.push(answer);
      if (answer[0] === "ok" || answer[0] === "dup" || answer[0] === "aside") {
        next = segment.first + segment.n;
        if (answer[0] !== "aside") proven.add(segment.first);
        continue;
      }
      while (acks.length < header.segs.length) acks.push(["gap", this.streamNext(header.stream)]);
      break;
    }
    const safe = this.#store.streams.get(header.stream)?.safe ?? 0;
    return {
      ...(header.epoch === undefined ? { epoch: this.epoch } : {}),
      t: this.clockMs,
      ...(safe > 0 ? { safe } : {}),
      acks,
      ...(next === undefined ? {} : { next }),
      ...this.#pull(header, caller, proven),
    };
  }

  #take(
    stream: string,
    segment: SegmentHeader,
    columns: Columns | "damaged" | "unreadable" | undefined,
    caller: Caller,
    off: number,
  ): unknown[] {
    if (columns === "damaged" || columns === undefined) return ["damaged"];
    const record = this.#store.streams.get(stream) ?? {
      owner: undefined,
      next: 0,
      safe: 0,
      chain: "",
      known: [],
    };
    if (record.owner !== undefined && (record.owner.person !== caller.person || record.owner.device !== caller.device)) {
      this.#store.quarantined += 1;
      return ["aside", "stream_of_another"];
    }
    if (segment.first > record.next) return ["gap", record.next];
    if (segment.first < record.next) {
      const known = record.known.find((each) => each.first <= segment.first && segment.first < each.first + each.n);
      if (known === undefined) throw new Error("the server's stream has a hole");
      if (known.first === segment.first && known.hash === segment.hash) return known.aside.length > 0 ? ["dup", known.aside] : ["dup"];
      return ["fork", known.first];
    }
    if (segment.prev !== record.chain) return ["fork", 0];
    const answer = this.#append(stream, segment, columns, caller, off);
    const aside =
      answer[0] === "aside"
        ? Array.from({ length: segment.n }, (_, i): [number, string] => [segment.first + i, String(answer[1])])
        : ((answer[1] ?? []) as [number, string][]);
    record.owner = caller;
    record.next = segment.first + segment.n;
    record.chain = segment.hash;
    record.known.push({
      first: segment.first,
      n: segment.n,
      hash: segment.hash,
      aside,
    });
    this.#store.streams.set(stream, record);
    return answer;
  }

  #append(stream: string, segment: SegmentHeader, columns: Columns | "unreadable", caller: Caller, off: number): unknown[] {
    const roles = this.#store.members.filter((member) => member.scope === segment.scope && member.person === caller.person);
    const code = columns === "unreadable" ? "unreadable_segment" : roles.length === 0 ? "not_permitted" : undefined;
    if (code !== undefined || columns === "unreadable") {
      this.#store.quarantined += 1;
      return ["aside", code];
    }
    const aside = new Map<number, string>();
    for (const { index, kind } of decodeColumns(columns)) if (kind === "poison/1") aside.set(index, "malformed_event");
    const role = roles.find((member) => !member.ended) ?? (roles[0] as Membership);
    this.#log(segment.scope).push({
      segment: {
        header: segment,
        stream,
        by: caller.person,
        role: role.role,
        after: role.ended,
        columns,
        at: this.clockMs,
        off,
        aside,
      },
    });
    return aside.size > 0 ? ["ok", [...aside].map(([index, why]) => [segment.first + index, why])] : ["ok"];
  }

  #pull(header: SyncHeader, caller: Caller, proven: Set<number>): Record<string, unknown> {
    const followed = this.#store.members.filter((member) => member.person === caller.person && !member.ended);
    const version = this.#store.followVersions.get(caller.person) ?? 0;
    const cursors = new Map(header.cur.map(([number, position]) => [number, position ?? 0]));
    const entries: Entry[] = [];
    let size = 0;
    let more = false;
    for (const { scope, number } of followed) {
      const log = this.#log(scope);
      let position = cursors.get(number) ?? 0;
      while (position < log.length && !more) {
        const entry = wireEntry(number, position + 1, log[position] as LogEntry, header.stream, proven, this.clockMs);
        size += JSON.stringify(entry).length;
        if (entries.length > 0 && size > (header.max ?? 8192)) more = true;
        else {
          entries.push(entry);
          position += 1;
        }
      }
      if (more) break;
    }
    const follow =
      version === header.follow
        ? {}
        : {
            follow: [version, followed.map((member) => [member.number, member.scope, member.role])],
          };
    return { entries, more, ...follow };
  }

  #log(scope: string): LogEntry[] {
    const log = this.#store.scopes.get(scope) ?? [];
    this.#store.scopes.set(scope, log);
    return log;
  }

  #newFollowVersion(person: string): void {
    this.#store.followVersions.set(person, (this.#store.followVersions.get(person) ?? 0) + 1);
  }
}

/** An id that tells which epoch it is. */
export function epochName(number: number): string {
  return `epoch-${number}`.padEnd(22, "A");
}
