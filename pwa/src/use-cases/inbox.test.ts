/** What the inbox shows on which phone. */
import { expect, test } from "vitest";
import { makeApp, openPerson } from "../testing/app.ts";
import { listInbox } from "./inbox.ts";
import { readToday } from "./read-today.ts";

test("that somebody signed in on this phone is shown on their others alone", async () => {
  const session = await openPerson(makeApp(), { device: "this-phone" });
  session.scheduler.stop();
  const scope = `p:${session.person.id}`;
  await session.db.write(["rows"], async (tx) => {
    for (const [position, phone] of ["this-phone", "another"].entries()) {
      const body = { text_key: "inbox.new_device", params: { device: phone, phone }, link: "/settings", created_ms: position };
      await tx.objectStore("rows").put({ scope, kind: "inbox_item", key: phone, position, body });
    }
  });
  expect((await listInbox(session)).map(({ item }) => item)).toEqual(["another"]);
  expect((await readToday(session, "zh-Hans")).inboxUnread).toBe(1);
  session.close();
});
