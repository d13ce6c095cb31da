/** Where the root is out of reach, a hub gets what the people who are not open wrote, under their own names. */
import { expect, test } from "vitest";
import { getStatus, getSyncMeta, putMeta } from "../db/meta.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { studyScope } from "../domain/ids.ts";
import { addPerson, openPerson } from "../testing/app.ts";
import { app, EPOCH, hub, root } from "../testing/hub-phone.ts";
import { until } from "../testing/until.ts";
import { addHub } from "./hub-known.ts";
import { saveEntry } from "./journal.ts";
import { closeSession, openSession } from "./open-session.ts";

/** Somebody who knows this hub, wrote with no line at all, and handed the phone on. */
async function wroteBefore(person: string): Promise<void> {
  await closeSession(app);
  const record = await addPerson(app, { person, device: `device-of-${person}`, rootKey: root.spki });
  hub.reachable = false;
  const other = await openSession(app, record);
  other.scheduler.stop();
  const scopes = [studyScope(person), `o:${hub.certificate.organisation}`];
  const follow = scopes.map((scope, at) => ({ number: at + 1, scope, role: "owner" }));
  await other.db.write(["meta"], async (tx) => {
    await putMeta(tx, { ...(await getSyncMeta(tx)), epoch: EPOCH, followVersion: 2, follow });
  });
  hub.reachable = true;
  await addHub(other, hub.address);
  await saveEntry(other, { parents: [], text: `${person}写的` });
  await closeSession(app);
}

async function heldOf(person: string): Promise<number> {
  const db = openPersonDatabase(person);
  try {
    const streams = await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
    return streams.reduce((sum, { held = 0 }) => sum + held, 0);
  } finally {
    db.close();
  }
}

test("what they wrote is given to the hub while another is open, and signed by their own device", async () => {
  await wroteBefore("hub-others-a");
  hub.questions.length = 0;
  const session = await openPerson(app, { rootKey: root.spki });
  await until(async () => {
    app.ports.fake.pass(10_000);
    expect((await session.db.read(["meta"], getStatus)).reachable).toBe(false);
    expect(session.engine.running).toBe(false);
  });
  await until(async () => expect(await heldOf("hub-others-a")).toBe(1));
  const given = hub.questions.flatMap(({ transfers }) => transfers.map(({ person, device }) => [person, device]));
  expect(given).toEqual([["hub-others-a", "device-of-hub-others-a"]]);
  session.close();
});
