/** Words are dated alike: an offset of the clock that is measured later does not put new words above old ones. */
import { expect, test } from "vitest";
import { seeded, steppingClock } from "../sync/testing/ports.ts";
import { append } from "./append.ts";
import { Database } from "./database.ts";
import { getSyncMeta, prepareDatabase, putMeta } from "./meta.ts";
import { PERSON_MIGRATIONS, type PersonSchema } from "./person-schema.ts";
import { Studies } from "./studies.ts";

test("messages stay in the order they were written in when the clock's offset is measured anew", async () => {
  const db = new Database<PersonSchema>("scope-events", PERSON_MIGRATIONS);
  await prepareDatabase(db, "p", "d", seeded("scope-events"));
  const clock = steppingClock(1_000_000);
  const studies = new Studies(db);
  const say = async (text: string): Promise<string[]> => {
    const payload = { message: text.padEnd(16, "m"), text };
    await append(db, clock, [{ scope: "u:p", kind: "message_sent/1", payload }]);
    const { messages } = await studies.of("u:p");
    return [...messages.values()].sort((left, right) => left.atMs - right.atMs).map((message) => message.text);
  };
  const measure = async (ms: number): Promise<void> =>
    await db.write(["meta"], async (tx) => {
      await putMeta(tx, { ...(await getSyncMeta(tx)), offset: { ms, measuredMs: 0 } });
    });

  expect(await say("first")).toEqual(["first"]);
  await measure(-3_600_000);
  expect(await say("second")).toEqual(["first", "second"]);
  await measure(7_200_000);
  expect(await say("third")).toEqual(["first", "second", "third"]);
});
