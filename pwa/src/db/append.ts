/**
 * An event becomes durable: identity, event, and what it replaces, in one strict transaction. Owns rules S1 to S3 of sync/SPEC.md.
 * Knows no engine and no network: it announces, and who wants to hear it hears.
 */
import type { EventKind, EventPayloads } from "../contracts/vocabularies.ts";
import type { StreamEvent } from "../domain/event.ts";
import { eventHash } from "../domain/event-hash.ts";
import { wellFormed } from "../domain/well-formed.ts";
import { digest } from "../platform/compression.ts";
import type { Clock } from "../platform/ports.ts";
import { getPersonMeta } from "./meta.ts";
import type { PersonDatabase, PersonTx } from "./person-schema.ts";
import { announce, type Topic } from "./topics.ts";

const APPEND_STORES = ["meta", "streams", "events", "drafts", "places", "attempts", "answer_drafts", "marks", "blobs"] as const;

/** Events are told apart and ordered by their place in the stream; what follows a second is a byte of each of them on the line. */
const SECOND_MS = 1000;

export type AppendTx = PersonTx<(typeof APPEND_STORES)[number]>;

export type NewEvent = {
  [K in EventKind]: { scope: string; kind: K; payload: EventPayloads[K] };
}[EventKind];

export interface AppendOptions {
  /** Runs inside the transaction, beside the putting of the events. */
  also?: (tx: AppendTx) => Promise<void>;
  /** What else the caller wrote in `also`. */
  topics?: readonly Topic[];
}

export async function append(
  db: PersonDatabase,
  clock: Clock,
  events: readonly NewEvent[],
  options: AppendOptions = {},
): Promise<StreamEvent[]> {
  const ts = Math.floor(clock.nowMs() / SECOND_MS) * SECOND_MS;
  const facts = await Promise.all(
    events.map(async ({ scope, kind, payload }) => {
      const fact = { kind, ts, payload: wellFormed({ ...payload }) };
      return { scope, ...fact, hash: await eventHash(digest, fact) };
    }),
  );
  const stored = await db.write(APPEND_STORES, async (tx) => {
    // On a slow phone each answer takes its time: nothing is waited for that does not follow from it.
    const [records] = await Promise.all([put(tx, facts), options.also?.(tx)]);
    return records;
  });
  announce(["events", ...(options.topics ?? [])]);
  return stored;
}

type Fact = Omit<StreamEvent, "stream" | "seq">;

async function put(tx: AppendTx, facts: readonly Fact[]): Promise<StreamEvent[]> {
  const [meta, streams] = await Promise.all([getPersonMeta(tx), tx.objectStore("streams").getAll()]);
  const stream = streams.find((each) => each.stream === meta.current);
  if (stream === undefined || stream.limit !== undefined) throw new Error("the current stream is not open");
  const records = facts.map((fact, index): StreamEvent => ({
    stream: stream.stream,
    seq: stream.next + index,
    ...fact,
  }));
  await Promise.all([
    // `add` refuses a seq that was given before: a bug here fails loudly instead of overwriting a teacher's work.
    ...records.map((record) => tx.objectStore("events").add(record)),
    tx.objectStore("streams").put({ ...stream, next: stream.next + records.length }),
  ]);
  return records;
}
