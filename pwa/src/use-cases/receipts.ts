/** The sync page: receipts, what waits, and what the person has seen of what was set aside. */
import { readRows } from "../db/rows.ts";
import { announce } from "../db/topics.ts";
import { listWaiting } from "../db/list-waiting.ts";
import { kindName } from "../domain/event.ts";
import type { Session } from "./session.ts";
import { markOf } from "./sync-now.ts";

export interface Receipt {
  stream: string;
  first: number;
  count: number;
  /** The server's clock when it took them. */
  receivedMs: number;
  level: "received" | "set_aside";
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
  const records = await session.db.read(["receipts"], async (tx) => await tx.objectStore("receipts").getAll());
  return records
    .sort((left, right) => right.receivedMs - left.receivedMs || right.first - left.first)
    .slice(0, limit)
    .map(({ stream, first, n, receivedMs, level, kinds }) => ({
      stream,
      first,
      count: n,
      receivedMs,
      level,
      kinds,
    }));
}

/** Topics: events, sync. */
export async function readWaiting(session: Session): Promise<WaitingItem[]> {
  return await listWaiting(session.db);
}

export interface SetAsideItem {
  stream: string;
  seq: number;
  code: string;
  kind?: string;
  /** The text the person wrote, if the event held one; it is still on this phone. */
  text?: string;
  seen: boolean;
}

/** Topics: rows, receipts. */
export async function readSetAside(session: Session): Promise<SetAsideItem[]> {
  const told = await readRows(session.db, "set_aside");
  return await session.db.read(["set_aside", "events", "marks"], async (tx) => {
    const codes = new Map(told.map(({ body }) => [markOf(body), { stream: body.stream, seq: body.seq, code: body.code }]));
    for (const record of await tx.objectStore("set_aside").getAll()) codes.set(markOf(record), record);
    const items: SetAsideItem[] = [];
    for (const [mark, { stream, seq, code }] of codes) {
      const event = await tx.objectStore("events").get([stream, seq]);
      const text = event?.payload["text"];
      items.push({
        stream,
        seq,
        code,
        ...(event === undefined ? {} : { kind: kindName(event.kind) }),
        ...(typeof text === "string" ? { text } : {}),
        seen: (await tx.objectStore("marks").get(mark)) !== undefined,
      });
    }
    return items.sort((left, right) => right.seq - left.seq);
  });
}

/** The person has seen it; the chip no longer asks. The item stays in the list. */
export async function markSetAsideSeen(session: Session, stream: string, seq: number): Promise<void> {
  await session.db.write(["marks"], async (tx) => {
    await tx.objectStore("marks").put({
      mark: markOf({ stream, seq }),
      atMs: session.app.ports.clock.nowMs(),
    });
  });
  announce(["receipts"]);
}
