/**
 * Leaving a stream: what is proven stays in it, everything after it is emitted again in a new one. Owns rules S11 to S13 of SPEC.md.
 * Invariant S14: an event is moved, never removed; its content and time stay as they were. The place of an erased one has nothing to say again.
 */
import { getPersonMeta, newStream, putMeta } from "../db/meta.ts";
import type { PersonDatabase, PersonStore, PersonTx, StreamRecord } from "../db/person-schema.ts";
import { numbersFrom, numbersOf } from "../db/ranges.ts";
import { announce } from "../db/topics.ts";
import { originOf, type StreamEvent } from "../domain/event.ts";
import type { Random } from "../platform/ports.ts";

export const ROTATE_STORES = ["meta", "streams", "events", "segments", "receipts", "set_aside"] as const;
/** A transaction over ROTATE_STORES or more. */
export type RotateTx = PersonTx<PersonStore>;

/** Closes the stream at the last border of its segments that is not after `at`. */
export async function rotate(tx: RotateTx, name: string, at: number, random: Random, device?: string): Promise<void> {
  const meta = await getPersonMeta(tx);
  const streams = tx.objectStore("streams");
  const stream = await streams.get(name);
  if (stream === undefined) throw new Error("the stream to leave is unknown");
  const { border, chain } = await findBorder(tx, name, at);
  const moved = await takeEventsFrom(tx, name, border);
  await streams.put({
    ...stream,
    next: border,
    sealed: border,
    chain,
    acked: Math.min(stream.acked, border),
    safe: Math.min(stream.safe ?? 0, border),
    held: Math.min(stream.held ?? 0, border),
    limit: border,
  });

  const isCurrent = meta.current === name;
  const target = isCurrent ? newStream(random, device ?? meta.device, stream.order + 1) : await currentStream(tx, meta.current);
  await emitAgain(tx, target, moved);
  await putMeta(tx, {
    ...meta,
    device: device ?? meta.device,
    current: target.stream,
    generation: meta.generation + 1,
  });
}

/** The person has another device key now: the old stream stays bound to the old one (S13). */
export async function adoptDevice(db: PersonDatabase, device: string, random: Random): Promise<void> {
  const adopted = await db.write(ROTATE_STORES, async (tx) => {
    const meta = await getPersonMeta(tx);
    if (meta.device === device) return false;
    const stream = await currentStream(tx, meta.current);
    if (stream.next === 0) {
      await tx.objectStore("streams").put({ ...stream, device });
      await putMeta(tx, { ...meta, device });
    } else await rotate(tx, meta.current, stream.acked, random, device);
    return true;
  });
  if (adopted) announce(["events", "sync", "receipts"]);
}

/** The last border between segments that is not after `at`, and the chain's hash there. */
export async function findBorder(tx: RotateTx, stream: string, at: number): Promise<{ border: number; chain: string }> {
  let found = { border: 0, chain: "" };
  for (const segment of await tx.objectStore("segments").getAll(numbersOf(stream, 0, at))) {
    const end = segment.first + segment.n;
    if (end <= at) found = { border: end, chain: segment.hash };
  }
  return found;
}

async function takeEventsFrom(tx: RotateTx, stream: string, border: number): Promise<StreamEvent[]> {
  const rest = numbersFrom(stream, border);
  const events = await tx.objectStore("events").getAll(rest);
  await tx.objectStore("events").delete(rest);
  await tx.objectStore("segments").delete(rest);
  await tx.objectStore("receipts").delete(rest);
  await tx.objectStore("set_aside").delete(rest);
  // Not what was erased (ERASED_KIND).
  return events.filter(({ kind }) => kind);
}

async function emitAgain(tx: RotateTx, target: StreamRecord, events: readonly StreamEvent[]): Promise<void> {
  for (const [index, event] of events.entries()) {
    await tx.objectStore("events").add({
      ...event,
      stream: target.stream,
      seq: target.next + index,
      origin: originOf(event),
    });
  }
  await tx.objectStore("streams").put({ ...target, next: target.next + events.length });
}

async function currentStream(tx: RotateTx, name: string): Promise<StreamRecord> {
  const stream = await tx.objectStore("streams").get(name);
  if (stream === undefined) throw new Error("there is no current stream");
  return stream;
}
