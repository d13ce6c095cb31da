/** What of this phone's work the server does not have, also in a store that lost some of it. */
import { expect, test } from "vitest";
import { openPersonDatabase, type PersonDatabase, type StreamRecord } from "./person-schema.ts";
import { countParts } from "./waiting.ts";

async function storeWith(change: Partial<StreamRecord>, marks: readonly number[], written: readonly number[]): Promise<PersonDatabase> {
  const db = openPersonDatabase(crypto.randomUUID());
  await db.write(["streams", "events"], async (tx) => {
    const stream = { stream: "s", order: 0, device: "d", next: 0, sealed: 0, chain: "", acked: 0, ...change };
    await tx.objectStore("streams").put(stream);
    for (const seq of [...marks, ...written]) {
      const kind = marks.includes(seq) ? "feedback_read/1" : "message_sent/1";
      await tx.objectStore("events").put({ stream: "s", seq, scope: "u:p", kind, ts: 1, hash: "h", payload: {} });
    }
  });
  return db;
}

test("what waits is work but for the read marks among it, and what was received is neither", async () => {
  const db = await storeWith({ next: 5, acked: 1, held: 3 }, [0, 2], [1, 3, 4]);
  expect(await countParts(db)).toEqual({ waiting: 4, work: 3, kept: 2 });
});

test("records that a damaged store lacks are counted as work: nobody knows that they were marks", async () => {
  const db = await storeWith({ next: 3 }, [1], []);
  expect(await countParts(db)).toEqual({ waiting: 3, work: 2, kept: 0 });
});
