/**
 * The photo that lies open beside a draft and is not decided upon. Owns its keeping over a reload, on this phone alone. Invariant: it is no
 * attachment: nothing names it and nothing sends it; it goes with the decision, or after a day.
 */
import type { PersonTx } from "../db/person-schema.ts";
import { allUnder } from "../db/ranges.ts";
import type { Session } from "./session.ts";

export interface OpenPhoto {
  data: Uint8Array<ArrayBuffer>;
  type: string;
  /** What was covered so far, stroke by stroke, as numbers of blocks. */
  strokes: number[][];
  /** What was chosen about who is in it; empty when nothing was. */
  faces: string;
}

/** Stands where an attempt's id would; no attempt has this name. */
const PLACE = "open-photo";
const KEPT_MS = 24 * 3_600_000;

interface Kept extends OpenPhoto {
  changedMs: number;
}

/** Null when none lies there; what was left for more than a day is forgotten. */
export async function readOpenPhoto(session: Session, draft: string): Promise<OpenPhoto | null> {
  const nowMs = session.app.ports.clock.nowMs();
  return await session.db.write(["answer_drafts"], async (tx) => {
    const store = tx.objectStore("answer_drafts");
    for (const { question, answer } of await store.getAll(allUnder(PLACE))) {
      if (nowMs - (answer as Kept).changedMs > KEPT_MS) await store.delete([PLACE, question]);
    }
    return await find(tx, draft);
  });
}

export async function keepOpenPhoto(session: Session, draft: string, photo: OpenPhoto): Promise<void> {
  const answer: Kept = { ...photo, changedMs: session.app.ports.clock.nowMs() };
  await session.db.write(["answer_drafts"], async (tx) => {
    await tx.objectStore("answer_drafts").put({ attempt: PLACE, question: draft, answer });
  });
}

/** Nothing when it has gone meanwhile. */
export async function changeOpenPhoto(session: Session, draft: string, change: Pick<OpenPhoto, "strokes" | "faces">): Promise<void> {
  await session.db.write(["answer_drafts"], async (tx) => {
    const kept = await find(tx, draft);
    if (kept !== null) await tx.objectStore("answer_drafts").put({ attempt: PLACE, question: draft, answer: { ...kept, ...change } });
  });
}

export async function dropOpenPhoto(session: Session, draft: string): Promise<void> {
  await session.db.write(["answer_drafts"], async (tx) => await tx.objectStore("answer_drafts").delete([PLACE, draft]));
}

async function find(tx: PersonTx<"answer_drafts">, draft: string): Promise<Kept | null> {
  const kept = await tx.objectStore("answer_drafts").get([PLACE, draft]);
  return kept === undefined ? null : (kept.answer as Kept);
}
