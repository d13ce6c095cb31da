/** Which shown times are marked. */
import { expect, test } from "vitest";
import { exchange, mentor, reviewed, teacher, teacherApp } from "../testing/pair.ts";
import { readDoubts } from "./doubts.ts";
import { readEntry, saveEntry } from "./journal.ts";
import { listMessages, sendMessage } from "./messages.ts";

const HOUR_MS = 3_600_000;

async function savedMs(entry: string): Promise<number> {
  return (await readEntry(teacher, entry, "zh-Hans"))?.heads[0]?.savedMs ?? 0;
}

test("what was written while the clock was right is not marked, on either phone", async () => {
  const { entry } = await reviewed();
  for (const session of [teacher, mentor])
    expect((await readDoubts(session, teacher.person.id)).has(teacher.person.id, await savedMs(entry))).toBe(false);
});

test("what was written while the clock was far off is marked for its writer and the mentor, and nothing else is", async () => {
  const before = await saveEntry(teacher, { parents: [], text: "钟是对的" });
  await exchange();
  expect((await readDoubts(teacher, teacher.person.id)).has(teacher.person.id, 0)).toBe(false);
  const rightMs = teacherApp.ports.fake.nowMs;
  teacherApp.ports.fake.nowMs = rightMs + 48 * HOUR_MS;
  const during = await saveEntry(teacher, { parents: [], text: "钟快了两天" });
  teacherApp.ports.fake.nowMs = rightMs + 1000;
  await exchange();
  if (!before.ok || !during.ok) throw new Error("not saved");
  await sendMessage(mentor, teacher.person.id, "您好");
  await exchange();
  const [message] = await listMessages(mentor, teacher.person.id);
  for (const session of [teacher, mentor]) {
    const doubts = await readDoubts(session, teacher.person.id);
    expect(doubts.has(teacher.person.id, await savedMs(during.entry))).toBe(true);
    expect(doubts.has(teacher.person.id, await savedMs(before.entry))).toBe(false);
    expect(doubts.has(mentor.person.id, message?.sentMs ?? 0)).toBe(false);
  }
});
