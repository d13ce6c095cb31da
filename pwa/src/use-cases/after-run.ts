/** What comes after a run of the engine. Owns when each of it is wanted. */
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { getSyncMeta } from "../db/meta.ts";
import { listPeople } from "../db/people.ts";
import { eraseHeard } from "../sync/erase.ts";
import { sendFiles } from "./blobs.ts";
import { goAround } from "./go-around.ts";
import type { Session } from "./session.ts";
import { syncOthers } from "./sync-others.ts";

/** `atStart`: there was no run yet, and nothing is sent to the root before it. What was erased goes first: it is in no file and at no hub then. */
export async function afterRun(session: Session, reachable: boolean, atStart = false): Promise<void> {
  await eraseHeard(session.db);
  const { hub, carries } = await session.db.read(["meta"], getSyncMeta);
  const sends = !atStart && (await blobsWaiting(session.db)).length > 0;
  const others = !atStart && (await listPeople(session.app.device)).length > 1;
  await Promise.all([
    (hub || carries || !reachable) && goAround(session, reachable),
    sends && sendFiles(session),
    others && syncOthers(session),
  ]);
}
