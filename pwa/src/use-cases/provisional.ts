/**
 * What a hub holds of others and the root has not numbered: shown, marked as such, and forgotten when the numbered entry comes. Owns its place beside the folds.
 * Invariant: it moves no cursor and enters no fold that is kept.
 */
import { dropProvisional, listProvisional, type ProvisionalRecord } from "../db/hubs.ts";
import { getSyncMeta } from "../db/meta.ts";
import { numbersFrom } from "../db/ranges.ts";
import { announce, watchTopics } from "../db/topics.ts";
import { decodeColumns, isColumns } from "../domain/columns.ts";
import type { StudyEvent } from "../domain/study.ts";
import { readsFrom } from "./mentors.ts";
import type { Giver, Session } from "./session.ts";

/** Whose folds are here to be shown. */
type Open = Giver & Pick<Session, "studies">;

const kept = new WeakMap<Open, string>();

export function isOpen(giver: Giver): giver is Open {
  return giver.studies !== undefined;
}

/** Reads what is here, and again whenever something was pulled, while the person is open. */
export async function keepProvisional(session: Session): Promise<void> {
  if (kept.has(session)) return;
  kept.set(session, "");
  const stop = watchTopics(["pulled"], () => {
    const open = session.app.session.peek();
    if (open === null || open === session) void refreshProvisional(session).catch(() => undefined);
    else stop();
  });
  await refreshProvisional(session);
}

export async function refreshProvisional(session: Open): Promise<void> {
  const list = await listProvisional(session.db);
  const left = list.length === 0 ? list : await withoutNumbered(session, list);
  const names = left.map(({ stream, first }) => `${stream}:${first}`).join();
  const byScope = new Map<string, StudyEvent[]>();
  for (const { entry } of left) byScope.set(entry.scope, [...(byScope.get(entry.scope) ?? []), ...eventsOf(entry)]);
  session.studies.extra = (scope) => byScope.get(scope) ?? [];
  if (names === (kept.get(session) ?? "")) return;
  kept.set(session, names);
  announce(["pulled"]);
}

/** Numbered by now, or of a scope that this person does not follow any more: gone. */
async function withoutNumbered(giver: Giver, list: readonly ProvisionalRecord[]): Promise<ProvisionalRecord[]> {
  const left = await giver.db.read(["meta", "entries"], async (tx) => {
    const { follow } = await getSyncMeta(tx);
    const numbered = new Set<string>();
    for (const scope of new Set(list.map(({ entry }) => entry.scope))) {
      for (const { stream, first } of await tx.objectStore("entries").getAll(numbersFrom(scope, 0))) numbered.add(`${stream}:${first}`);
    }
    return list.filter(
      ({ stream, first, entry }) => !numbered.has(`${stream}:${first}`) && follow.some(({ scope }) => scope === entry.scope),
    );
  });
  for (const { entry } of [...left])
    if (await isOfBefore(giver, entry))
      left.splice(
        left.findIndex((one) => one.entry === entry),
        1,
      );
  if (left.length < list.length) {
    await dropProvisional(
      giver.db,
      list.filter((one) => !left.includes(one)),
    );
  }
  return left;
}

/** A hub told it when all of the teacher was to be read, and now only what was written from the pairing on is. */
async function isOfBefore(giver: Giver, { scope, by, d }: ProvisionalRecord["entry"]): Promise<boolean> {
  if (by === giver.person.id || !isColumns(d)) return false;
  const fromMs = await readsFrom(giver, scope.slice(2));
  return fromMs !== undefined && decodeColumns(d).some(({ ts }) => ts < fromMs);
}

function eventsOf({ s, f, by, d }: ProvisionalRecord["entry"]): StudyEvent[] {
  if (!isColumns(d)) return [];
  // The hub's clock may be anything: the writer's own is nearer.
  return decodeColumns(d).map(({ index, kind, ts, payload }) => ({
    kind,
    ts,
    payload,
    stream: s,
    seq: f + index,
    by,
    shownMs: ts,
    provisional: true,
  }));
}
