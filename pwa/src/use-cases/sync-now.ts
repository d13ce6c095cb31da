/** The chip: state, what was set aside, and the button. Owns the words of the chip's states; the engine owns the truth. */
import type { ReadonlySignal } from "@preact/signals";
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { folded } from "../db/folded.ts";
import { getStatus } from "../db/meta.ts";
import type { StatusMeta } from "../db/person-schema.ts";
import { readRows } from "../db/rows.ts";
import { markOf, readOutcomes } from "../db/set-aside.ts";
import { announce, watchTopics } from "../db/topics.ts";
import { countParts } from "../db/waiting.ts";
import type { Session } from "./session.ts";

export type SyncChip = "all-received" | "waiting" | "offline" | "needs-you";

/** Codes shown as `sync.problem.<code>`. */
export type SyncProblem = "sign_in_required" | "device_revoked" | "update_required" | "set_aside" | "server" | "storage_full";

export interface SyncState {
  chip: SyncChip;
  /** Events, photos and recordings that the server does not have yet. */
  waiting: number;
  /** Of these, what the person made: all but read marks. By it the chip says that something waits. */
  work: number;
  /** Of what waits, what a hub keeps. */
  kept: number;
  /** Things that need the person: set aside and not seen yet, or a sign-in. */
  needsYou: number;
  /** Wall clock of the phone at the last answer. */
  lastSyncMs?: number;
  running: boolean;
  problem?: SyncProblem;
  /** The server asked for quiet until then, by the phone's wall clock. */
  nextTryMs?: number;
}

export const FIRST_STATE: SyncState = {
  chip: "all-received",
  waiting: 0,
  work: 0,
  kept: 0,
  needsYou: 0,
  running: false,
};

export function syncState(session: Session): ReadonlySignal<SyncState> {
  return session.syncState;
}

/** The button. Ends when the engine has come to rest. */
export async function syncNow(session: Session): Promise<void> {
  // Whoever presses the button while signed out is believed once: the next answer says what is so.
  session.engine.signedIn();
  announce(["hurry"]);
  await session.scheduler.now();
}

/** Keeps the session's state signal true; returns the way to stop. */
export function keepSyncState(session: Session): () => void {
  const { connectivity } = session.app.ports;
  const refresh = folded(
    async () => {
      session.syncState.value = await readState(session);
    },
    () => undefined,
  );
  refresh();
  const stops = [watchTopics(["events", "blobs", "sync", "receipts", "rows"], refresh), connectivity.watch(refresh)];
  return () => {
    for (const stop of stops) stop();
  };
}

async function readState(session: Session): Promise<SyncState> {
  const status = await session.db.read(["meta"], getStatus);
  const parts = await countParts(session.db, (await blobsWaiting(session.db)).length);
  const unseen = await countUnseen(session);
  const problem = status.problem ?? (unseen > 0 ? "set_aside" : undefined);
  const needsYou = unseen + (isForPerson(status.problem) ? 1 : 0);
  return {
    chip: chipOf(status, parts.work, needsYou, session.app.ports.connectivity.isOnline()),
    ...parts,
    needsYou,
    ...(status.lastSyncMs === undefined ? {} : { lastSyncMs: status.lastSyncMs }),
    // A wait that the server asked for is none that the button waits for.
    running: session.engine.running && status.nextTryMs === undefined,
    ...(problem === undefined ? {} : { problem }),
    ...(status.nextTryMs === undefined ? {} : { nextTryMs: status.nextTryMs }),
  };
}

/** Set aside, as this phone's answers and the server's rows tell, not released and not looked at yet. */
async function countUnseen(session: Session): Promise<number> {
  const told = readOutcomes(await readRows(session.db, "set_aside"));
  return await session.db.read(["set_aside", "marks"], async (tx) => {
    const aside = new Set<string>();
    for (const event of [...told.listed, ...(await tx.objectStore("set_aside").getAll())]) {
      const { became, answer } = told.of(event);
      if (became !== "released") aside.add(markOf(event, answer));
    }
    for (const mark of await tx.objectStore("marks").getAllKeys()) aside.delete(mark);
    return aside.size;
  });
}

/** needs-you before offline before waiting before all-received. */
function chipOf(status: StatusMeta, work: number, needsYou: number, online: boolean): SyncChip {
  if (needsYou > 0) return "needs-you";
  if (!online || !status.reachable) return "offline";
  return work > 0 || status.lastSyncMs === undefined ? "waiting" : "all-received";
}

function isForPerson(problem: StatusMeta["problem"]): boolean {
  return problem === "sign_in_required" || problem === "device_revoked" || problem === "storage_full";
}
