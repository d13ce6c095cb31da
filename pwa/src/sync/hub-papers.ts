/**
 * What a phone and a hub say to each other, as bytes (docs/sync-protocol.md, "Hubs"). Owns the certificate's message, the frame of a question, the reading of an
 * answer, and what it proves to be held. Pure but for signatures. Invariant: an answer of any bytes is read or is null, and nothing in it can move an epoch.
 */
import type { HubCertificate, HubQuestion, ProvisionalEntry, Statement, Transfer } from "../contracts/sync.ts";
import type { Span } from "../db/hubs.ts";
import type { SyncMeta } from "../db/person-schema.ts";
import { type Bytes, fromBase64url, join, u32le, utf8 } from "../domain/bytes.ts";
import { isColumns } from "../domain/columns.ts";
import { h16 } from "../domain/hash.ts";
import { digest } from "../platform/compression.ts";
import { isSignedBy } from "../platform/es256.ts";
import { readReply, type Reply } from "./reply.ts";
import type { Carried } from "./transfers.ts";

export interface HubReply {
  nonce: string;
  /** The hub's clock, and when by it the hub last heard the root. */
  serverMs: number;
  rootMs?: number;
  held: { stream: string; next: number; chain: string }[];
  statements: Statement[];
  /** What the root would say; absent when nothing is pulled. */
  pulled?: Reply;
  provisional?: ProvisionalEntry[];
  prov?: string;
  refused?: string;
}

export async function certificateMessage({ hub, organisation, key, file_key }: HubCertificate): Promise<Bytes> {
  const ids = [await h16(digest, fromBase64url(key)), await h16(digest, fromBase64url(file_key))];
  return utf8(["xuetan-hub/1", hub, organisation, ...ids].join("\n"));
}

/** True when the root that this phone pinned vouches for the hub; false for whatever is no certificate. */
export async function isCertified(crypto: SubtleCrypto, rootKey: string, certificate: HubCertificate | undefined): Promise<boolean> {
  try {
    return certificate !== undefined && (await isSignedBy(crypto, rootKey, await certificateMessage(certificate), certificate.sig));
  } catch {
    return false;
  }
}

/** [follow number, position] pairs of what was read. */
export function cursorsOf({ follow, cursors }: SyncMeta): number[][] {
  return follow.flatMap(({ number }) => (cursors[number] ? [[number, cursors[number]]] : []));
}

export function encodeQuestion(question: HubQuestion, carried: readonly Carried[]): Bytes {
  const text = utf8(JSON.stringify(question));
  return join(u32le(text.length), text, ...carried.flatMap(({ bodies }) => bodies));
}

/** Null when this is no answer of the protocol. Entries, cursors and follow list are judged as those of the root are. */
export function readHubAnswer(plain: Uint8Array): HubReply | null {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plain)) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (raw === null || typeof raw !== "object" || raw["v"] !== 1 || typeof raw["nonce"] !== "string" || !isNatural(raw["server_ms"]))
    return null;
  const { nonce, server_ms: serverMs, root_ms: rootMs, epoch, provisional, prov, refused } = raw;
  const pulled =
    typeof epoch === "string" ? readReply({ ...raw, acks: [], next: undefined, safe: undefined, t: serverMs }, undefined) : undefined;
  return {
    nonce,
    serverMs,
    ...(isNatural(rootMs) ? { rootMs } : {}),
    held: listOf(raw["held"]).filter(isHeld),
    statements: listOf(raw["statements"]).filter(isStatement),
    ...(pulled === undefined ? {} : { pulled }),
    ...(Array.isArray(provisional) ? { provisional: provisional.filter(isProvisional) } : {}),
    ...(typeof prov === "string" ? { prov } : {}),
    ...(typeof refused === "string" ? { refused } : {}),
  };
}

export function spanOf({ stream, next, chain, segs }: Transfer): Span {
  return { stream, first: segs[0]?.first ?? next, next, chain };
}

/** Per stream how much a hub holds now, in one run from the beginning. `known`: what was known to be acknowledged, or held by it, before. */
export function provenHeld(
  known: Readonly<Record<string, number>>,
  asked: readonly Span[],
  held: HubReply["held"],
): Record<string, number> {
  const proven = { ...known };
  for (const { stream, first, next, chain } of [...asked].sort((left, right) => left.first - right.first)) {
    const isHere = held.some((one) => one.stream === stream && one.next === next && one.chain === chain);
    if (isHere && first <= (proven[stream] ?? 0)) proven[stream] = Math.max(next, proven[stream] ?? 0);
  }
  return proven;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isHeld(value: unknown): value is HubReply["held"][number] {
  const { stream, next, chain } = (value ?? {}) as Record<string, unknown>;
  return typeof stream === "string" && isNatural(next) && typeof chain === "string";
}

function isStatement(value: unknown): value is Statement {
  const { epoch, sig } = (value ?? {}) as Record<string, unknown>;
  return isHeld(value) && typeof epoch === "string" && typeof sig === "string";
}

function isProvisional(value: unknown): value is ProvisionalEntry {
  const { scope, s, f, n, by, role, at, d } = (value ?? {}) as Record<string, unknown>;
  return [scope, s, by, role].every((text) => typeof text === "string") && [f, n, at].every(isNatural) && isColumns(d);
}

function isNatural(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
