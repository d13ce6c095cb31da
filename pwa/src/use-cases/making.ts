/** That a photo or recording for a draft is being made and neither kept nor dropped, so that a page which died over it can say so. Owns its mark. */
import type { Session } from "./session.ts";

const markOf = (draft: string): string => `making ${draft}`;

/** Not on a full phone, nor of a person who was closed meanwhile: that costs nothing but the word later. */
export async function noteMaking({ app, db }: Session, draft: string, is: boolean): Promise<void> {
  await db
    .write(["marks"], async (tx) => {
      if (is) await tx.objectStore("marks").put({ mark: markOf(draft), atMs: app.ports.clock.nowMs() });
      else await tx.objectStore("marks").delete(markOf(draft));
    })
    .catch(() => undefined);
}

/** Whether one was being made when the page died; told once. */
export async function takeMaking(session: Session, draft: string): Promise<boolean> {
  const found = await session.db.read(["marks"], async (tx) => await tx.objectStore("marks").get(markOf(draft)));
  if (found !== undefined) await noteMaking(session, draft, false);
  return found !== undefined;
}
