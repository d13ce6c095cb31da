/** What becomes of what was sent: received, in a backup, set aside, waiting. */
import { expect, test } from "vitest";
import { readDeliveries } from "../db/delivery.ts";
import { sendMessage } from "./messages.ts";
import { markSetAsideSeen, readReceipts, readSetAside } from "./receipts.ts";
import { syncNow, syncState } from "./sync-now.ts";
import { server, teacher, teacherApp } from "../testing/pair.ts";

test("what the server sets aside stays on the phone, is shown, and needs the person until it was seen", async () => {
  await sendMessage(teacher, "somebody-else", "写错了人");
  await syncNow(teacher);
  await expect.poll(() => syncState(teacher).value).toMatchObject({ chip: "needs-you", waiting: 0, problem: "set_aside" });
  const [item] = await readSetAside(teacher);
  expect(item).toMatchObject({
    code: "not_permitted",
    kind: "message_sent",
    text: "写错了人",
    seen: false,
  });
  if (item === undefined) throw new Error("nothing is set aside");
  await markSetAsideSeen(teacher, item);
  await expect.poll(() => syncState(teacher).value.chip).toBe("all-received");
  expect((await readSetAside(teacher))[0]).toMatchObject({ seen: true });

  // An answer is news, a release is the end of it.
  const row = { stream: item.stream, seq: item.seq, code: item.code };
  const tell = (more: Record<string, unknown>): void =>
    server.appendRow(`p:${teacher.person.id}`, "set_aside", `${item.stream}:${item.seq}`, { ...row, ...more });
  tell({ became: "answered", answer: "请写给自己的导师。" });
  await syncNow(teacher);
  await expect.poll(() => syncState(teacher).value.chip).toBe("needs-you");
  const [answered] = await readSetAside(teacher);
  expect(answered).toMatchObject({ became: "answered", answer: "请写给自己的导师。", seen: false });
  expect((await readDeliveries(teacher.db)).of(item)).toBe("set_aside");
  await markSetAsideSeen(teacher, answered ?? item);
  await expect.poll(() => syncState(teacher).value.chip).toBe("all-received");
  tell({ became: "released", answer: "已经转给导师了。" });
  await syncNow(teacher);
  await expect.poll(async () => (await readSetAside(teacher))[0]?.became).toBe("released");
  expect(syncState(teacher).value.chip).toBe("all-received");
  expect((await readDeliveries(teacher.db)).of(item)).toBe("received");
});

test("what a hub brought and the server set aside whole is shown for each event, and looked at once", async () => {
  for (const words of ["一", "二", "三"]) await sendMessage(teacher, teacher.person.id, words);
  await syncNow(teacher);
  // As after a statement of the root that came with a hub: it names no codes, the row alone tells.
  const [stream] = await teacher.db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  if (stream === undefined) throw new Error("no stream");
  const seq = stream.next - 3;
  const row = { stream: stream.stream, seq, n: 3, code: "not_permitted" };
  const tell = (more: Record<string, unknown>): void =>
    server.appendRow(`p:${teacher.person.id}`, "set_aside", `${row.stream}:${seq}`, { ...row, ...more });
  tell({});
  await syncNow(teacher);
  await expect.poll(() => syncState(teacher).value).toMatchObject({ chip: "needs-you", needsYou: 1 });
  const items = await readSetAside(teacher);
  expect(items.map(({ text, code, seen }) => [text, code, seen])).toEqual(["三", "二", "一"].map((text) => [text, "not_permitted", false]));
  const deliveries = async () => {
    const book = await readDeliveries(teacher.db);
    return [0, 1, 2].map((at) => book.of({ stream: row.stream, seq: seq + at }));
  };
  expect(await deliveries()).toEqual(["set_aside", "set_aside", "set_aside"]);
  await markSetAsideSeen(teacher, items[0] as (typeof items)[number]);
  expect((await readSetAside(teacher)).map(({ seen }) => seen)).toEqual([true, true, true]);
  await expect.poll(() => syncState(teacher).value.chip).toBe("all-received");

  tell({ became: "released", still: [seq + 1] });
  await syncNow(teacher);
  await expect.poll(async () => (await readSetAside(teacher)).map(({ became }) => became)).toEqual(["released", undefined, "released"]);
  expect(await deliveries()).toEqual(["received", "set_aside", "received"]);
});

test("receipts say what is in a backup as well", async () => {
  await sendMessage(teacher, teacher.person.id, "你好");
  await syncNow(teacher);
  expect((await readReceipts(teacher)).map(({ level }) => level)).toEqual(["received"]);
  server.backUp();
  await syncNow(teacher);
  expect((await readReceipts(teacher)).map(({ level }) => level)).toEqual(["in_backup"]);
});

test("no line is said as such, and that nothing waits", async () => {
  teacherApp.ports.fake.online = false;
  teacherApp.ports.fake.tell();
  await expect.poll(() => syncState(teacher).value).toMatchObject({ chip: "offline", waiting: 0 });
});

test("what left a stream and came back as an entry of it, as a file that was taken in meanwhile does, was received", async () => {
  const { stream, seq } = await teacher.db.write(["streams", "meta"], async (tx) => {
    const left = { stream: "left-stream", order: 0, device: "d", next: 4, sealed: 4, chain: "", acked: 4, safe: 0, limit: 4 };
    await tx.objectStore("streams").put(left as never);
    return { stream: left.stream, seq: 4 };
  });
  const book = await readDeliveries(teacher.db);
  expect(book.of({ stream, seq })).toBe("received");
  expect(book.of({ stream, seq, provisional: true })).toBe("at_hub");
});
