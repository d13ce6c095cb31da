/**
 * What one answer changes, in one transaction. Owns rules S7 and S8 of SPEC.md. Invariant: either all of it is applied or nothing.
 */
import { getPersonMeta, getStatus, getSyncMeta, putMeta } from "../db/meta.ts";
import type { PersonDatabase, PersonStore, PersonTx, ReceiptRecord, SegmentRecord, StatusMeta } from "../db/person-schema.ts";
import { numbersOf } from "../db/ranges.ts";
import { announce } from "../db/topics.ts";
import { heldBy, unsealedIn } from "../db/waiting.ts";
import { kindName } from "../domain/event.ts";
import type { Clock, Random } from "../platform/ports.ts";
import { judgeAcks, type Verdict } from "./acks.ts";
import { applyEntries } from "./entries.ts";
import { adoptEpoch } from "./epoch.ts";
import { applyFollow } from "./follow.ts";
import type { Request } from "./push.ts";
import type { Reply } from "./reply.ts";
import { findBorder, ROTATE_STORES, rotate } from "./rotate.ts";

export const APPLY_STORES = [...ROTATE_STORES, "entries", "rows", "blobs", "blob_bytes"] as const;
/** A transaction over APPLY_STORES. */
export type ApplyTx = PersonTx<PersonStore>;

export type Applied = "applied_more" | "applied_all" | "reset" | "stalled" | "damaged";

export interface Times {
  sentMs: number;
  receivedMs: number;
}

/** `times` null: a hub told it, which says nothing of the line to the root or of its clock. */
export async function applyReply(
  db: PersonDatabase,
  request: Request,
  reply: Reply,
  times: Times | null,
  ports: { random: Random; clock: Clock },
): Promise<Applied> {
  const { applied, changed } = await db.write(APPLY_STORES, async (tx): Promise<Outcome> => {
    const meta = await getPersonMeta(tx);
    const sync = await getSyncMeta(tx);
    if (meta.generation !== request.generation || sync.epoch !== request.epoch) return { applied: "reset", changed: false };
    if (times !== null) await noteAnswer(tx, reply, times, ports.clock);
    if (sync.epoch !== undefined && sync.epoch !== reply.epoch) {
      await adoptEpoch(tx, reply.epoch);
      return { applied: "reset", changed: true };
    }
    return await applyParts(tx, request, reply, ports.random);
  });
  announce(changed ? ["sync", "receipts", "pulled", "rows", "events"] : ["sync"]);
  return applied;
}

interface Outcome {
  applied: Applied;
  /** Whether anything that a screen shows may have changed. */
  changed: boolean;
}

async function applyParts(tx: ApplyTx, request: Request, reply: Reply, random: Random): Promise<Outcome> {
  const stream = await tx.objectStore("streams").get(request.stream);
  if (stream === undefined) throw new Error("the stream of the request is gone");
  const verdict = judgeAcks(stream.acked, request.segments, reply);
  await storeReceipts(tx, request, reply, verdict);
  const backTo = verdict.backTo === undefined ? undefined : (await findBorder(tx, request.stream, verdict.backTo)).border;
  const acked = backTo ?? verdict.acked;
  // Not more than is proven: the stream may be a copy's, too. It does not shrink within an epoch.
  const safe = Math.min(Math.max(stream.safe ?? 0, reply.safe ?? 0), acked);
  await tx.objectStore("streams").put({ ...stream, acked, safe });

  let sync = await getSyncMeta(tx);
  sync = { ...sync, epoch: reply.epoch };
  // A hub may know an older list than the root told since.
  const followed =
    reply.follow === undefined || reply.follow.version <= sync.followVersion
      ? { sync, dropped: false }
      : await applyFollow(tx, sync, reply.follow);
  const pulled = await applyEntries(tx, followed.sync, reply, {
    stream: request.stream,
    firsts: new Set(verdict.taken.map(({ segment }) => segment.first)),
    at: reply.serverMs,
    off: request.off,
  });
  await putMeta(tx, pulled.sync);
  if (followed.dropped) await nextGeneration(tx);

  // A clone is left at what is proven; if the request was about another stream, that of the current one counts.
  const cloneAt = pulled.cloneSeen && verdict.rotateAt === undefined ? await ackedOfCurrent(tx) : undefined;
  if (verdict.rotateAt !== undefined) await rotate(tx, request.stream, verdict.rotateAt, random);
  else if (cloneAt !== undefined) await rotate(tx, cloneAt.stream, cloneAt.acked, random);

  const changed = verdict.acked > stream.acked || safe !== (stream.safe ?? 0) || pulled.moved || reply.follow !== undefined;
  if (verdict.rotateAt !== undefined || cloneAt !== undefined || backTo !== undefined) return { applied: "reset", changed: true };
  if (verdict.damaged) return { applied: "damaged", changed };
  const streams = await tx.objectStore("streams").getAll();
  if (!reply.more && streams.every((each) => each.acked >= heldBy(each))) return { applied: "applied_all", changed };
  // Events that were saved meanwhile are a reason to go on, even when nothing else moved; those that were unsealed before are none.
  const fresh = unsealedIn(streams) > request.unsealed;
  return { applied: changed || fresh ? "applied_more" : "stalled", changed };
}

async function noteAnswer(tx: ApplyTx, reply: Reply, times: Times, clock: Clock): Promise<void> {
  const sync = await getSyncMeta(tx);
  const middleMs = (times.sentMs + times.receivedMs) / 2;
  await putMeta(tx, {
    ...sync,
    offset: {
      ms: Math.round(reply.serverMs - middleMs),
      measuredMs: times.receivedMs,
    },
  });
  const status: StatusMeta = {
    key: "status",
    reachable: true,
    lastSyncMs: clock.nowMs(),
  };
  await putMeta(tx, status);
}

async function storeReceipts(tx: ApplyTx, request: Request, reply: Reply, verdict: Verdict): Promise<void> {
  for (const { segment, level, setAside } of verdict.taken) {
    // What was judged are the very segments of the request.
    await putReceipt(tx, segment as SegmentRecord, reply.serverMs, level);
    for (const [seq, code] of setAside) await tx.objectStore("set_aside").put({ stream: request.stream, seq, code });
  }
}

/** What the root took, of which kinds, and when by its clock. */
export async function putReceipt(tx: ApplyTx, segment: SegmentRecord, receivedMs: number, level: ReceiptRecord["level"]): Promise<void> {
  const { stream, scope, first, n } = segment;
  const kinds: Record<string, number> = {};
  for (const event of await tx.objectStore("events").getAll(numbersOf(stream, first, first + n))) {
    const kind = kindName(event.kind);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  await tx.objectStore("receipts").put({ stream, first, n, scope, receivedMs, level, kinds });
}

async function ackedOfCurrent(tx: ApplyTx): Promise<{ stream: string; acked: number }> {
  const meta = await getPersonMeta(tx);
  const current = await tx.objectStore("streams").get(meta.current);
  return { stream: meta.current, acked: current?.acked ?? 0 };
}

async function nextGeneration(tx: ApplyTx): Promise<void> {
  const meta = await getPersonMeta(tx);
  await putMeta(tx, { ...meta, generation: meta.generation + 1 });
}

/** The last exchange did not bring an answer; kept so that every tab says the same. */
export async function noteFailure(db: PersonDatabase, change: Partial<Omit<StatusMeta, "key">>): Promise<void> {
  await db.write(["meta"], async (tx) => {
    const { problem, nextTryMs: _, ...status } = await getStatus(tx);
    // Whom the root refused it does not know before it answers again, whatever the line did meanwhile.
    const isStill = problem === "sign_in_required" && (change.problem ?? "server") === "server";
    await putMeta(tx, { ...status, ...change, ...(isStill && { problem }) });
  });
  announce(["sync"]);
}
