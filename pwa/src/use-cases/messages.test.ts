/** In which order a talk is read. */
import { expect, test } from "vitest";
import { announce } from "../db/topics.ts";
import { app, session, stream } from "../testing/hub-phone.ts";
import { listMessages, sendMessage } from "./messages.ts";

async function talk() {
  return (await listMessages(session, session.person.id)).map(({ text, delivery }) => [text, delivery]);
}

/** As an answer of the root, or of a hub, would leave it. */
async function arrived(marks: { acked?: number; held?: number }): Promise<void> {
  const written = { ...(await stream()), ...marks };
  await session.db.write(["streams"], async (tx) => await tx.objectStore("streams").put(written));
  announce(["pulled"]);
}

test("what the root does not have stands at the end though the clock fell back, and takes its place once it has arrived", async () => {
  await sendMessage(session, session.person.id, "上午写的");
  await arrived({ acked: 1 });
  app.ports.fake.nowMs -= 3_600_000;
  await sendMessage(session, session.person.id, "钟慢了以后写的");
  await expect.poll(talk).toEqual([
    ["上午写的", "received"],
    ["钟慢了以后写的", "waiting"],
  ]);
  await arrived({ held: 2 });
  await expect.poll(talk).toEqual([
    ["上午写的", "received"],
    ["钟慢了以后写的", "at_hub"],
  ]);
  await arrived({ acked: 2 });
  await expect.poll(talk).toEqual([
    ["钟慢了以后写的", "received"],
    ["上午写的", "received"],
  ]);
});
