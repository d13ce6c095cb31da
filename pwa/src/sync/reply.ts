/**
 * Reading the server's answer. Owns the judgement whether it is one: anything else (a portal's page, half an answer) changes nothing.
 * Invariant: an object that passes has every field of the kind that the rest of the engine relies on. Unknown fields are welcome.
 */
import type { Entry, SyncReply } from "../contracts/sync.ts";

export type Ack =
  | { kind: "ok" | "dup"; setAside: [number, string][] }
  | { kind: "aside"; code: string }
  | { kind: "gap" | "fork"; next: number }
  | { kind: "damaged" }
  | { kind: "unknown" };

export interface Follow {
  version: number;
  list: { number: number; scope: string; role: string }[];
}

export interface Reply {
  epoch: string;
  serverMs: number;
  next?: number;
  /** Events of the stream that are in a verified backup. */
  safe?: number;
  acks: Ack[];
  follow?: Follow;
  entries: Entry[];
  more: boolean;
}

/** Undefined when this is not an answer of the protocol. `asked`: the epoch that the request named. */
export function readReply(value: unknown, asked: string | undefined): Reply | undefined {
  const raw = value as Partial<SyncReply> | null;
  if (raw === null || typeof raw !== "object" || !isNatural(raw.t)) return undefined;
  const epoch = raw.epoch ?? asked;
  const follow = raw.follow === undefined ? undefined : readFollow(raw.follow);
  if (raw.follow !== undefined && follow === undefined) return undefined;
  const entries = raw.entries ?? [];
  if (typeof epoch !== "string" || !Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return {
    epoch,
    serverMs: raw.t,
    ...(isNatural(raw.next) ? { next: raw.next } : {}),
    ...(isNatural(raw.safe) ? { safe: raw.safe } : {}),
    acks: Array.isArray(raw.acks) ? raw.acks.map(readAck) : [],
    ...(follow === undefined ? {} : { follow }),
    entries,
    more: raw.more === true,
  };
}

function readAck(value: unknown): Ack {
  const [kind, detail] = Array.isArray(value) ? (value as unknown[]) : [];
  if (kind === "ok" || kind === "dup")
    return {
      kind,
      setAside: Array.isArray(detail) ? detail.filter(isSetAside) : [],
    };
  if (kind === "aside")
    return {
      kind,
      code: typeof detail === "string" ? detail : "unreadable_segment",
    };
  if ((kind === "gap" || kind === "fork") && isNatural(detail)) return { kind, next: detail };
  return { kind: kind === "damaged" ? "damaged" : "unknown" };
}

function readFollow(value: unknown): Follow | undefined {
  if (!Array.isArray(value) || !isNatural(value[0]) || !Array.isArray(value[1])) return undefined;
  const list: Follow["list"] = [];
  for (const item of value[1] as unknown[]) {
    if (!Array.isArray(item) || !isNatural(item[0]) || typeof item[1] !== "string") return undefined;
    list.push({
      number: item[0],
      scope: item[1],
      role: typeof item[2] === "string" ? item[2] : "",
    });
  }
  return { version: value[0], list };
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  if (entry === null || typeof entry !== "object" || !isNatural(entry.r) || !isNatural(entry.p)) return false;
  if (entry.f !== undefined) return (entry.s === undefined || typeof entry.s === "string") && isNatural(entry.f) && isNatural(entry.n);
  return typeof entry.k === "string" && typeof entry.key === "string";
}

function isSetAside(value: unknown): value is [number, string] {
  return Array.isArray(value) && isNatural(value[0]) && typeof value[1] === "string";
}

function isNatural(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
