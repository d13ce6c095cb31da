/** The inbox: what the server told this person. Read marks stay on this device. */
import { readRows } from "../db/rows.ts";
import { announce } from "../db/topics.ts";
import type { Session } from "./session.ts";

export interface InboxView {
  item: string;
  textKey: string;
  params: Record<string, string>;
  link?: string;
  createdMs: number;
  read: boolean;
}

/** Newest first. Topics: rows, places. */
export async function listInbox(session: Session): Promise<InboxView[]> {
  const items = await readRows(session.db, "inbox_item");
  const marks = new Set(await session.db.read(["marks"], async (tx) => await tx.objectStore("marks").getAllKeys()));
  return items
    .map(({ key, body }) => ({
      item: key,
      textKey: body.text_key,
      params: body.params,
      ...(body.link === undefined ? {} : { link: body.link }),
      createdMs: body.created_ms,
      read: marks.has(markOf(key)),
    }))
    .sort((left, right) => right.createdMs - left.createdMs);
}

export async function markInboxRead(session: Session, items: string[]): Promise<void> {
  const atMs = session.app.ports.clock.nowMs();
  await session.db.write(["marks"], async (tx) => {
    for (const item of items) await tx.objectStore("marks").put({ mark: markOf(item), atMs });
  });
  announce(["places"]);
}

function markOf(item: string): string {
  return `inbox:${item}`;
}
