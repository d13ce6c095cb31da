/** The sync page: receipts, what waits, and what the person has seen of what was set aside. */
import { listWaiting } from "../db/list-waiting.ts";
import { getPersonMeta } from "../db/meta.ts";
import { readRows } from "../db/rows.ts";
import { type Became, markOf, type Outcomes, readOutcomes } from "../db/set-aside.ts";
import { announce } from "../db/topics.ts";
import { kindName } from "../domain/event.ts";
import type { Session } from "./session.ts";

export interface Receipt {
  stream: string;
  first: number;
  count: number;
  /** The server's clock when it took them. */
  receivedMs: number;
  /** `in_backup`: all of it is in a verified backup as well. */
  level: "received" | "in_backup" | "set_aside";
  /** What was in it, for words like "2 answers, 1 journal entry": kind without version to count. */
  kinds: Record<string, number>;
}

export interface WaitingItem {
  kind: string;
  count: number;
  oldestMs: number;
}

/** Newest first. Topic: receipts. */
export async function readReceipts(session: Session, limit = 100): Promise<Receipt[]> {
  const { records, safe } = await session.db.read(["receipts", "streams"], async (tx) => ({
    records: await tx.objectStore("receipts").getAll(),
    safe: new Map((await tx.objectStore("streams").getAll()).map((stream) => [stream.stream, stream.safe ?? 0])),
  }));
  return records
    .sort((left, right) => right.receivedMs - left.receivedMs || right.first - left.first)
    .slice(0, limit)
    .map(({ stream, first, n, receivedMs, level, kinds }) => ({
      stream,
      first,
      count: n,
      receivedMs,
      level: level === "received" && first + n <= (safe.get(stream) ?? 0) ? "in_backup" : level,
      kinds,
    }));
}

/** Topics: events, sync. */
export async function readWaiting(session: Session): Promise<WaitingItem[]> {
  return await listWaiting(session.db);
}

/** Events that stand under a second number since a stream of this device was left. Topics: events, sync. */
export async function countCopied(session: Session): Promise<number> {
  return await session.db.read(["meta", "streams", "events"], async (tx) => {
    const { device } = await getPersonMeta(tx);
    const left = (await tx.objectStore("streams").getAll()).filter((one) => one.limit !== undefined && one.device === device);
    if (left.length === 0) return 0;
    const names = new Set(left.map(({ stream }) => stream));
    return (await tx.objectStore("events").getAll()).filter(({ origin }) => origin !== undefined && names.has(origin.stream)).length;
  });
}

export interface SetAsideItem {
  stream: string;
  seq: number;
  code: string;
  /** Its row speaks of many events, and asks once for all of them: the one it asks for. */
  first?: number;
  kind?: string;
  /** The text the person wrote, if the event held one; it is still on this phone. */
  text?: string;
  /** What became of it; absent while it waits. */
  became?: Became;
  /** What the operator wrote about it. */
  answer?: string;
  seen: boolean;
}

type Named = Pick<SetAsideItem, "stream" | "seq" | "code" | "first">;

/** Every event that the rows speak of. */
function* namedIn({ listed }: Outcomes): Generator<Named> {
  yield* listed;
  for (const { stream, seq: first, code, n = 1 } of listed)
    for (let seq = first + 1; seq < first + n; seq += 1) yield { stream, seq, code, first };
}

/** Topics: rows, receipts. */
export async function readSetAside(session: Session): Promise<SetAsideItem[]> {
  const told = readOutcomes(await readRows(session.db, "set_aside"));
  return await session.db.read(["set_aside", "events", "marks"], async (tx) => {
    const aside = new Map<string, Named>();
    for (const one of namedIn(told)) if (!aside.has(markOf(one))) aside.set(markOf(one), one);
    for (const record of await tx.objectStore("set_aside").getAll()) aside.set(markOf(record), record);
    const items: SetAsideItem[] = [];
    for (const { stream, seq, code, first } of aside.values()) {
      const event = await tx.objectStore("events").get([stream, seq]);
      // Another phone's: that the row stands here says enough.
      if (event === undefined && first !== undefined) continue;
      const text = event?.payload["text"];
      const outcome = told.of({ stream, seq });
      items.push({
        stream,
        seq,
        code,
        ...(first === undefined ? {} : { first }),
        ...(event === undefined ? {} : { kind: kindName(event.kind) }),
        ...(typeof text === "string" ? { text } : {}),
        ...outcome,
        seen: (await tx.objectStore("marks").get(markOf({ stream, seq: first ?? seq }, outcome.answer))) !== undefined,
      });
    }
    return items.sort((left, right) => right.seq - left.seq);
  });
}

/** The person has seen it; the chip no longer asks. The item stays in the list. */
export async function markSetAsideSeen(
  session: Session,
  { stream, seq, first, answer }: Pick<SetAsideItem, "stream" | "seq" | "first" | "answer">,
): Promise<void> {
  await session.db.write(["marks"], async (tx) => {
    await tx.objectStore("marks").put({
      mark: markOf({ stream, seq: first ?? seq }, answer),
      atMs: session.app.ports.clock.nowMs(),
    });
  });
  announce(["receipts"]);
}
