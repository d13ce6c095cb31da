/** A phone that lay in a drawer since some version of a person's database, opened by its PIN: all is there, and what waited goes on in its chain. */
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { openDeviceDatabase } from "../db/device-schema.ts";
import { findPerson } from "../db/people.ts";
import type { PersonDatabase, SegmentRecord, StreamRecord, SyncMeta } from "../db/person-schema.ts";
import { countWaiting, heldBy } from "../db/waiting.ts";
import { decodeColumns } from "../domain/columns.ts";
import type { StreamEvent } from "../domain/event.ts";
import { makeApp, type TestApp } from "../testing/app.ts";
import { DATABASES, type KeptDump } from "../testing/years/databases.ts";
import { PIN } from "../testing/years/device.ts";
import { fromBase64, layDown } from "../testing/years/dump.ts";
import { keptOf, newest } from "../testing/years/kept.ts";
import { DEVICE, DRAFT_TEXT } from "../testing/years/person.ts";
import { CLOSED, MENTOR, type SentFrame, ServerOfTheYears, STUDY, TEACHER } from "../testing/years/server.ts";
import { readDraft } from "../use-cases/drafts.ts";
import { sendMessage } from "../use-cases/messages.ts";
import { readReceipts, readSetAside } from "../use-cases/receipts.ts";
import type { Session } from "../use-cases/session.ts";
import { unlock } from "../use-cases/sign-in.ts";
import { UnsentWords } from "../use-cases/unsent-words.ts";
import { readFrame } from "./testing/read-frame.ts";
import { until } from "../testing/until.ts";

beforeEach(() => vi.stubGlobal("indexedDB", new IDBFactory()));

interface Opened {
  app: TestApp;
  session: Session;
  server: ServerOfTheYears;
  /** What the phone sends from now on. */
  frames: SentFrame[];
}

/** As the teacher does: the app, her PIN, and a line to the server that she had. */
async function openPhone(dump: KeptDump, line = true): Promise<Opened> {
  await layDown(DATABASES.device.name, newest("device"));
  await layDown(DATABASES.person.name, dump);
  const server = await ServerOfTheYears.of(dump.sent ?? []);
  const frames: SentFrame[] = [];
  const app: TestApp = { ...makeApp(), device: openDeviceDatabase() };
  app.ports.fake.routes.push(async (path, init) => {
    if (path !== "/sync/1" || !line) return undefined;
    const before = server.sent.length;
    const answer = await server.handle(init.body as Uint8Array<ArrayBuffer>, { person: TEACHER, device: DEVICE });
    frames.push(...server.sent.slice(before));
    return Response.json(answer);
  });
  const result = await unlock(app, TEACHER, PIN);
  if (!result.ok) throw new Error(result.code);
  return { app, session: result.session, server, frames };
}

async function arrived({ session }: Opened): Promise<void> {
  await until(async () => expect(await countWaiting(session.db)).toBe(0));
}

async function streamsOf(db: PersonDatabase): Promise<StreamRecord[]> {
  return await db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
}

async function eventsOf(db: PersonDatabase): Promise<StreamEvent[]> {
  return await db.read(["events"], async (tx) => await tx.objectStore("events").getAll());
}

function rowsOf<T>(dump: KeptDump, store: string): T[] {
  return (dump.stores.find(({ name }) => name === store)?.rows ?? []) as T[];
}

/** What readers of her scope see of her, as the server has it. */
function textsAt(server: ServerOfTheYears, stream: string): unknown[] {
  return server.server
    .eventsOf(STUDY)
    .filter((one) => one.stream === stream)
    .flatMap(({ columns }) => decodeColumns(columns).map(({ payload }) => payload["text"] ?? payload["answer"] ?? payload["lesson"]));
}

describe.each(keptOf("person"))("a phone that stopped at person v$version", ({ dump }) => {
  test("knows without a line what arrived, what waits, and what was set aside", async () => {
    const opened = await openPhone(dump, false);
    const { session } = opened;
    const streams = rowsOf<StreamRecord>(dump, "streams");
    expect(await countWaiting(session.db)).toBe(streams.reduce((sum, stream) => sum + heldBy(stream) - stream.acked, 0));
    expect(await countWaiting(session.db)).toBeGreaterThan(2);
    expect(await readSetAside(session)).toMatchObject([{ code: "not_permitted", text: "寄错了班" }]);
    const receipts = await readReceipts(session);
    expect(receipts.map(({ count, level }) => [count, level])).toEqual(expect.arrayContaining([[1, "set_aside"]]));
    expect(receipts.reduce((sum, { count }) => sum + count, 0)).toBe(streams.reduce((sum, { acked }) => sum + acked, 0));
    session.close();
  });

  test("still has the drafts, the words not sent, and what a mentor wrote", async () => {
    const { session } = await openPhone(dump, false);
    expect(await readDraft(session, "new")).toMatchObject({ text: DRAFT_TEXT, pack: "why-questions", lesson: "02" });
    expect((await new UnsentWords(session, `message:${MENTOR}`).read()).text).toBe("还想问您");
    const study = await session.studies.of(STUDY);
    expect([...study.feedback.values()].map(({ text }) => text)).toEqual(["下周一起看冰。"]);
    expect([...study.messages.values()].map(({ text }) => text)).toEqual(
      expect.arrayContaining(["周老师好", "旧手机坏了", "换了一部", "今天没有信号", "明天再发", "还没有封好"]),
    );
    session.close();
  });

  test("sends what waited, the chain going on where it stood, and nothing that had arrived", async () => {
    const opened = await openPhone(dump);
    await arrived(opened);
    const { session, server, frames } = opened;
    const before = rowsOf<StreamRecord>(dump, "streams");
    const open = before.find(({ limit }) => limit === undefined) as StreamRecord;
    const pushed = frames.map(([person, , frame]) => readFrame(fromBase64(frame), person).header);
    const [first, ...more] = pushed.flatMap(({ segs }) => segs);
    expect(first?.first).toBe(open.acked);
    expect(first?.prev).toBe(
      rowsOf<SegmentRecord>(dump, "segments").find((one) => one.stream === open.stream && one.first + one.n === open.acked)?.hash,
    );
    expect([first, ...more].pop()?.hash).toBe((await streamsOf(session.db)).find(({ stream }) => stream === open.stream)?.chain);
    expect(pushed.flatMap(({ segs }) => segs).every(({ first: from }) => from >= open.acked)).toBe(true);
    for (const stream of before) expect(server.server.streamNext(stream.stream)).toBe(heldBy(stream));
    session.close();
  });

  test("leaves each event once on the phone and once on the server, and reads on behind its cursors", async () => {
    const opened = await openPhone(dump);
    await arrived(opened);
    const { session, server } = opened;
    expect(await eventsOf(session.db)).toEqual(rowsOf<StreamEvent>(dump, "events"));
    for (const { stream } of rowsOf<StreamRecord>(dump, "streams")) {
      const mine = (await eventsOf(session.db)).filter((event) => event.stream === stream && event.scope !== CLOSED);
      expect(textsAt(server, stream)).toEqual(mine.map(({ payload }) => payload["text"] ?? payload["answer"] ?? payload["lesson"]));
    }
    const cursors = await session.db.read(["meta"], async (tx) => ((await tx.objectStore("meta").get("sync")) as SyncMeta).cursors);
    const stood = (rowsOf<SyncMeta>(dump, "meta").find(({ key }) => key === "sync") as SyncMeta).cursors;
    for (const [number, position] of Object.entries(stood)) expect(cursors[Number(number)]).toBeGreaterThanOrEqual(position);
    const pulled = await session.db.read(["entries"], async (tx) => await tx.objectStore("entries").getAll());
    expect(new Set(pulled.map(({ scope, stream, first }) => [scope, stream, first].join())).size).toBe(pulled.length);
    session.close();
  });

  test("goes on in its stream: the next event has the next number, and arrives", async () => {
    const opened = await openPhone(dump);
    await arrived(opened);
    const { app, session, server } = opened;
    const open = rowsOf<StreamRecord>(dump, "streams").find(({ limit }) => limit === undefined) as StreamRecord;
    await sendMessage(session, TEACHER, "新的一年");
    const last = (await eventsOf(session.db)).find(({ payload }) => payload["text"] === "新的一年");
    expect([last?.stream, last?.seq]).toEqual([open.stream, open.next]);
    await session.scheduler.now();
    expect(textsAt(server, open.stream).pop()).toBe("新的一年");
    expect(await findPerson(app.device, TEACHER)).toMatchObject({ pin: { tries: 0 }, putAway: false });
    session.close();
  });
});
