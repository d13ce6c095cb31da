/** What the sync page says and does about hubs. Owns the view, and a question that goes by hand. */
import { getSyncMeta } from "../db/meta.ts";
import { heldBy } from "../db/waiting.ts";
import { handOver, type HandedOver } from "../platform/hand-over.ts";
import { knownHubs } from "./hub-known.ts";
import { makeQuestion } from "./hubs.ts";
import type { Session } from "./session.ts";

export interface HubView {
  hub: string;
  name: string;
  /** Empty when only files go there. */
  address: string;
  /** Events of this phone that it keeps and the server does not have. */
  kept: number;
  /** The phone's clock at its last answer. */
  answeredMs?: number;
  /** When the hub had heard the server, by the phone's clock; absent while it never has. */
  rootHeardMs?: number;
  /** Why it did not keep, or tell, all: a code of errors.yaml. */
  refused?: string;
}

/** Topics: hubs, rows, sync. */
export async function readHubs(session: Session): Promise<HubView[]> {
  const hubs = await knownHubs(session);
  const { epoch, streams } = await session.db.read(["meta", "streams"], async (tx) => ({
    epoch: (await getSyncMeta(tx)).epoch,
    streams: await tx.objectStore("streams").getAll(),
  }));
  return hubs.map(({ hub, name, address, held, answeredMs, rootAgeMs, refused, ...record }) => {
    const there = record.epoch === epoch ? held : {};
    const kept = streams.reduce((sum, one) => sum + Math.max(0, Math.min(there[one.stream] ?? 0, heldBy(one)) - one.acked), 0);
    return {
      hub,
      name,
      address,
      kept,
      ...(answeredMs === undefined ? {} : { answeredMs }),
      ...(answeredMs === undefined || rootAgeMs === undefined ? {} : { rootHeardMs: answeredMs - rootAgeMs }),
      ...(refused === undefined ? {} : { refused }),
    };
  });
}

/** A question as a file, for the hub's page; undefined where this phone cannot make one yet. */
export async function handQuestion(session: Session, id: string): Promise<HandedOver | undefined> {
  const hub = (await knownHubs(session)).find((one) => one.hub === id);
  const question = hub && (await makeQuestion(session, hub));
  if (question === undefined) return undefined;
  return await handOver(question, `xuetan-question-${id.slice(0, 6)}.xtsync`);
}

export { addHub, type Added } from "./hub-known.ts";
export { askHub, type Asked } from "./hubs.ts";
