/** What waits to be sent, by kind. A pure reading, for the sync page. */
import { kindName } from "../domain/event.ts";
import type { PersonDatabase } from "./person-schema.ts";
import { numbersOf } from "./ranges.ts";
import { heldBy } from "./waiting.ts";

export interface WaitingKind {
  kind: string;
  count: number;
  oldestMs: number;
}

export async function listWaiting(db: PersonDatabase): Promise<WaitingKind[]> {
  const found = new Map<string, WaitingKind>();
  await db.read(["streams", "events"], async (tx) => {
    for (const stream of await tx.objectStore("streams").getAll()) {
      const range = numbersOf(stream.stream, stream.acked, heldBy(stream));
      for (const event of await tx.objectStore("events").getAll(range)) {
        const kind = kindName(event.kind);
        const sum = found.get(kind) ?? { kind, count: 0, oldestMs: event.ts };
        found.set(kind, {
          kind,
          count: sum.count + 1,
          oldestMs: Math.min(sum.oldestMs, event.ts),
        });
      }
    }
  });
  return [...found.values()].sort((left, right) => right.count - left.count);
}
