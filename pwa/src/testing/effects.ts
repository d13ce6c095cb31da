/**
 * Screens in tests whose windows share what real windows have each for themselves (session storage, one event loop): none may still be opening
 * when another is typed into. Owns that what a screen does when it appears is done, and what it reads then is read.
 */
import { options } from "preact";
import type { PersonDatabase } from "../db/person-schema.ts";

/** Effects follow their screen at once, instead of a frame later, which on a busy machine is any time later. */
export function runEffectsAtOnce(): void {
  options.requestAnimationFrame = queueMicrotask;
}

/** Ends behind all reading of words that was begun before. */
export async function wordsRead(db: PersonDatabase): Promise<void> {
  await db.read(["answer_drafts"], async (tx) => await tx.objectStore("answer_drafts").count());
  // What was read is shown in the same turn, and drawn after it.
  await new Promise((resolve) => setTimeout(resolve));
}
