/** Teacher and mentor, each on a phone, over a server in memory: work goes up, feedback comes down, the chip tells the truth. */
import { expect, test, vi } from "vitest";
import { giveFeedback, readCaseload, readTeacher, readTeacherEntry } from "./caseload.ts";
import { answerFeedback, markRead } from "./comments.ts";
import { listUnread } from "./feedback.ts";
import { listInbox, markInboxRead } from "./inbox.ts";
import { readEntry, saveEntry } from "./journal.ts";
import { listMessages, sendMessage } from "./messages.ts";
import { readReceipts, readWaiting } from "./receipts.ts";
import { readMe } from "./read-me.ts";
import { readToday } from "./read-today.ts";
import { UnsentWords } from "./unsent-words.ts";
import { restoreFeedback, withdrawFeedback } from "./withdraw-feedback.ts";
import { syncNow, syncState } from "./sync-now.ts";
import { server, teacher, mentor, pass, exchange, reviewed, sees, line } from "../testing/pair.ts";

test("an entry written with no line reaches the mentor, whose answer reaches the teacher", async () => {
  line.online = false;
  const saved = await saveEntry(teacher, {
    parents: [],
    text: "今天安静了十分钟。\n孩子们先猜一猜。",
    prompt: "写一写",
  });
  if (!saved.ok) throw new Error(saved.code);
  expect(await readWaiting(teacher)).toMatchObject([{ kind: "journal_saved", count: 1 }]);
  await expect.poll(() => syncState(teacher).value).toMatchObject({ chip: "waiting", waiting: 1 });
  line.online = true;
  await exchange();
  expect(await readReceipts(teacher)).toMatchObject([{ count: 1, level: "received", kinds: { journal_saved: 1 } }]);

  const [view] = await readCaseload(mentor);
  expect(view).toMatchObject({
    name: "马小云",
    entriesWaiting: 1,
    need: { rank: 1, reasonKey: "need.entry_new" },
  });
  expect((await readToday(mentor, "zh-Hans")).next).toMatchObject({
    kind: "review-entry",
    entry: saved.entry,
    waiting: 1,
  });
  const entry = await readTeacherEntry(mentor, teacher.person.id, saved.entry, "zh-Hans");
  expect(entry?.paragraphs).toEqual(["今天安静了十分钟。", "孩子们先猜一猜。"]);
  const head = entry?.heads[0]?.ver ?? "";
  expect(
    await giveFeedback(mentor, {
      teacher: teacher.person.id,
      entry: saved.entry,
      ver: head,
      verdict: "revise",
      text: " ",
    }),
  ).toEqual({ ok: false, code: "empty" });
  await giveFeedback(mentor, {
    teacher: teacher.person.id,
    entry: saved.entry,
    ver: head,
    verdict: "revise",
    text: "写下题目",
    paragraph: 1,
  });
  expect((await readCaseload(mentor))[0]).toMatchObject({
    entriesWaiting: 0,
    need: { reasonKey: "need.on_track" },
  });

  await exchange();
  await syncNow(teacher);
  const [item] = await listUnread(teacher);
  expect(item).toMatchObject({ verdict: "revise", byName: "陈玉梅", entry: saved.entry, text: "写下题目" });
  expect(await sees(teacher, saved.entry)).toMatchObject([{ read: false, olderVersion: false }]);
  await markRead(teacher, item?.feedback ?? "");
  expect(await listUnread(teacher)).toEqual([]);
  await answerFeedback(teacher, item?.feedback ?? "", "好的");
  await exchange();
  expect((await readTeacherEntry(mentor, teacher.person.id, saved.entry, "zh-Hans"))?.feedback).toMatchObject([
    { read: true, delivery: "received", answers: [{ text: "好的" }] },
  ]);
  expect(await readTeacher(mentor, teacher.person.id, "zh-Hans")).toMatchObject({
    messagesWaiting: 1,
    entries: [{ lastVerdict: "revise" }],
  });
  expect((await readEntry(teacher, saved.entry, "zh-Hans"))?.heads[0]?.delivery).toBe("received");
});

test("a question to the mentor stays in the list until the mentor writes back, whatever is said of an entry", async () => {
  await sendMessage(teacher, teacher.person.id, "怎么分组？");
  await reviewed();
  expect((await readCaseload(mentor))[0]).toMatchObject({ messagesWaiting: 1, need: { reasonKey: "need.message_new" } });
  await sendMessage(mentor, teacher.person.id, "按座位分。");
  expect((await readCaseload(mentor))[0]).toMatchObject({ messagesWaiting: 0, need: { reasonKey: "need.on_track" } });
});

test("feedback that is mended stands in one place: its newest words, marked, unread again, with the answers to the first", async () => {
  const { entry, ver, feedback } = await reviewed();
  await markRead(teacher, feedback);
  await answerFeedback(teacher, feedback, "哪个题木？");
  await exchange();
  pass();
  const about = { teacher: teacher.person.id, entry, ver };
  await giveFeedback(mentor, { ...about, verdict: "comment", text: "写下题目", replaces: feedback });
  await exchange();
  await syncNow(teacher);
  for (const session of [teacher, mentor]) {
    const threads = await sees(session, entry);
    expect(threads).toHaveLength(1);
    expect(threads).toMatchObject([
      { text: "写下题目", verdict: "comment", read: false, withdrawn: false, answers: [{ text: "哪个题木？" }] },
    ]);
    expect(threads?.[0]?.changedMs).toBeGreaterThan(threads?.[0]?.givenMs ?? Infinity);
  }
  expect((await readToday(teacher, "zh-Hans")).next?.kind).not.toBe("revise-entry");
});

test("feedback that is withdrawn is said to be, asks for nothing, and can be put back", async () => {
  const { entry, feedback } = await reviewed();
  await withdrawFeedback(mentor, teacher.person.id, feedback);
  expect((await readCaseload(mentor))[0]).toMatchObject({ entriesWaiting: 1 });
  await exchange();
  await syncNow(teacher);
  expect(await sees(teacher, entry)).toMatchObject([{ feedback, withdrawn: true }]);
  expect(await listUnread(teacher)).toEqual([]);
  const [thread] = (await sees(mentor, entry)) ?? [];
  if (thread === undefined) throw new Error("the withdrawn feedback is gone");
  await restoreFeedback(mentor, teacher.person.id, thread);
  await exchange();
  await syncNow(teacher);
  expect(await sees(teacher, entry)).toMatchObject([{ text: "写下题木", verdict: "revise", withdrawn: false }]);
  expect((await readCaseload(mentor))[0]).toMatchObject({ entriesWaiting: 0 });
});

test("what is sent leaves the place where it was kept in the same moment; other words stay there", async () => {
  const place = "message:somebody";
  const kept = async (whose: typeof teacher) => (await new UnsentWords(whose, place).read()).text;
  const field = new UnsentWords(teacher, place);
  await field.keep("老师好 ");
  const write = vi.spyOn(teacher.db, "write");
  await sendMessage(teacher, teacher.person.id, "老师好", undefined, field);
  expect(write).toHaveBeenCalledTimes(1);
  write.mockRestore();
  expect(await kept(teacher)).toBe("");
  await field.keep("又想起一句");
  await answerFeedback(teacher, "f".repeat(16), "好的", field);
  expect(await kept(teacher)).toBe("又想起一句");
  const mentors = new UnsentWords(mentor, place);
  await mentors.keep("写得好");
  await giveFeedback(mentor, {
    teacher: teacher.person.id,
    entry: "e".repeat(16),
    ver: "v",
    verdict: "comment",
    text: "写得好",
    unsent: mentors,
  });
  expect(await kept(mentor)).toBe("");
});

test("messages run both ways in the teacher's scope", async () => {
  await sendMessage(teacher, teacher.person.id, "老师，能来看看吗？");
  await exchange();
  await sendMessage(mentor, teacher.person.id, "周五来。");
  await exchange();
  await exchange();
  expect((await listMessages(teacher, teacher.person.id)).map(({ text, mine, byName }) => [text, mine, byName])).toEqual([
    ["老师，能来看看吗？", true, "马小云"],
    ["周五来。", false, "陈玉梅"],
  ]);
});

test("a message that waits stands at the end, where its writer looks, also when the phone's clock fell back", async () => {
  await sendMessage(teacher, teacher.person.id, "第一句");
  await exchange();
  const { clock } = teacher.app.ports;
  const fallen = vi.spyOn(clock, "nowMs").mockReturnValue(clock.nowMs() - 400 * 86_400_000);
  await sendMessage(teacher, teacher.person.id, "第二句");
  const texts = (await listMessages(teacher, teacher.person.id)).map(({ text }) => text);
  fallen.mockRestore();
  expect(texts[texts.length - 1]).toBe("第二句");
});

test("the inbox and Me read what the server wrote", async () => {
  expect(await listInbox(teacher)).toMatchObject([{ item: "i1", textKey: "inbox.hello", read: false }]);
  expect((await readToday(teacher, "zh-Hans")).inboxUnread).toBe(1);
  await markInboxRead(teacher, ["i1"]);
  expect((await listInbox(teacher))[0]?.read).toBe(true);
  expect(await readMe(teacher, "zh-Hans")).toMatchObject({
    organisation: "石梯村小学",
    mentors: [{ name: "陈玉梅" }],
  });
});

test("a teacher of whom the pair has ended leaves the caseload", async () => {
  server.appendRow(`p:${mentor.person.id}`, "pair", "pair-1", undefined);
  server.endMember(`u:${teacher.person.id}`, mentor.person.id);
  await syncNow(mentor);
  expect(await readCaseload(mentor)).toEqual([]);
});

test("two notices and two answers of one mentor are told apart by the entry and the words that they are about", async () => {
  const { entry, feedback } = await reviewed();
  const saved = await saveEntry(teacher, { parents: [], text: "下午的阅读课。" });
  if (!saved.ok) throw new Error(saved.code);
  await exchange();
  const about = { teacher: teacher.person.id, entry: saved.entry, ver: saved.ver };
  const given = await giveFeedback(mentor, { ...about, verdict: "accept", text: "" });
  if (!given.ok) throw new Error(given.code);
  const told = (item: string, on: string, of: string): void =>
    server.appendRow(`p:${teacher.person.id}`, "inbox_item", item, {
      text_key: "inbox.feedback_given",
      params: { mentor: "陈玉梅", feedback: of },
      link: `/journal/${on}`,
      created_ms: 7,
    });
  told("i2", entry, feedback);
  told("i3", saved.entry, given.feedback);
  await exchange();
  const items = (await listInbox(teacher)).filter(({ item }) => item !== "i1");
  expect(items.map(({ entry: words, verdict, words: said }) => [words, verdict, said])).toEqual(
    expect.arrayContaining([
      ["今天安静了十分钟。", "revise", "写下题木"],
      ["下午的阅读课。", "accept", undefined],
    ]),
  );
  expect((await listUnread(teacher)).map(({ about: words }) => words).sort()).toEqual(["下午的阅读课。", "今天安静了十分钟。"]);
});

test("that something was read is no work that waits: the chip does not ask, the sync page lists it, and what is written is counted", async () => {
  const { feedback } = await reviewed();
  const state = () => syncState(teacher).value;
  await expect.poll(state).toMatchObject({ chip: "all-received", waiting: 0, work: 0 });
  await markRead(teacher, feedback);
  await expect.poll(state).toMatchObject({ chip: "all-received", waiting: 1, work: 0 });
  expect(await readWaiting(teacher)).toMatchObject([{ kind: "feedback_read", count: 1 }]);
  await answerFeedback(teacher, feedback, "好的");
  await expect.poll(state).toMatchObject({ chip: "waiting", waiting: 2, work: 1 });
  await exchange();
  await expect.poll(state).toMatchObject({ chip: "all-received", waiting: 0, work: 0 });
});
