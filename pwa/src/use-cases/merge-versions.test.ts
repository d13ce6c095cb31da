/** One teacher, two phones, one entry changed on both: nothing is lost, and both end with one version. */
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test } from "vitest";
import { ProtocolServer } from "../sync/testing/protocol-server.ts";
import { makeApp, openPerson } from "../testing/app.ts";
import { readDraft, saveDraft } from "./drafts.ts";
import { chooseHead, type EntryView, readEntry, saveEntry } from "./journal.ts";
import { draftOfMerge, saveMerge } from "./merge-versions.ts";
import type { MergeView } from "./merge-view.ts";
import type { Session } from "./session.ts";
import { syncNow } from "./sync-now.ts";

const FIRST = "今天讲了《悯农》。小梅第一次举手。";

let made = 0;
let server: ProtocolServer;
let person: string;
let one: Session;
let other: Session;
let entry: string;

beforeEach(async () => {
  made += 1;
  person = `merging-${made}`;
  server = new ProtocolServer();
  for (const scope of [`u:${person}`, `p:${person}`]) server.addMember(scope, person, "owner");
  one = await phone("device-1", 0);
  other = await phone("device-2", 3_600_000);
  entry = await write(one, FIRST, undefined, []);
  await syncAll();
});

/** The clocks of the two phones are an hour apart. Each has a store of its own. */
async function phone(device: string, lateMs: number): Promise<Session> {
  globalThis.indexedDB = new IDBFactory();
  const app = makeApp();
  app.ports.fake.nowMs += lateMs;
  app.ports.fake.routes.push(async (path, init) =>
    path === "/sync/1" ? Response.json(await server.handle(init.body as Uint8Array<ArrayBuffer>, { person, device })) : undefined,
  );
  return await openPerson(app, { person, device, token: device });
}

async function write(session: Session, text: string, id: string | undefined, parents: string[]): Promise<string> {
  const result = await saveEntry(session, { ...(id === undefined ? {} : { entry: id }), parents, text, pack: "p", lesson: "l" });
  if (!result.ok) throw new Error(result.code);
  return result.entry;
}

async function change(session: Session, text: string): Promise<void> {
  const view = await see(session);
  await write(session, text, entry, [view.heads[0]?.ver ?? ""]);
}

async function see(session: Session): Promise<EntryView> {
  const view = await readEntry(session, entry, "zh-Hans");
  if (view === null) throw new Error("the entry is gone");
  return view;
}

async function merge(session: Session): Promise<MergeView> {
  const { merge: found } = await see(session);
  if (found === null) throw new Error("there is nothing to merge");
  return found;
}

function textOf({ pieces }: MergeView): string {
  return pieces.map((piece) => (piece.kind === "agreed" ? piece.text : piece.left + piece.right)).join("");
}

async function syncAll(): Promise<void> {
  for (const session of [one, other, one]) await syncNow(session);
}

async function changeOnBoth(): Promise<void> {
  await change(one, FIRST.replace("举手", "举手，声音很小"));
  await change(other, `${FIRST}下课后我记了下来。`);
  await syncAll();
}

test("two heads are both kept and both shown, and what was changed apart fits together", async () => {
  await changeOnBoth();
  for (const session of [one, other]) {
    const view = await see(session);
    expect(view.heads).toHaveLength(2);
    expect(view.merge?.pieces).toEqual([{ kind: "agreed", text: "今天讲了《悯农》。小梅第一次举手，声音很小。下课后我记了下来。" }]);
  }
});

test("two phones that make the same merge end with one version, and both parents in it", async () => {
  await changeOnBoth();
  for (const session of [one, other]) {
    const found = await merge(session);
    expect(await saveMerge(session, found, textOf(found))).toMatchObject({ ok: true });
  }
  await syncAll();
  const [here, there] = [await see(one), await see(other)];
  expect(here.heads.map(({ ver }) => ver)).toEqual(there.heads.map(({ ver }) => ver));
  expect(here.heads).toHaveLength(1);
  expect(here.heads[0]?.parents).toHaveLength(2);
  expect([here.merge, here.lesson]).toEqual([null, "l"]);
  expect(here.versions).toHaveLength(4);
});

test("two phones that decide differently are asked once more, and nothing of either is lost", async () => {
  await change(one, "甲。");
  await change(other, "乙。");
  await syncAll();
  const [mine, theirs] = [await merge(one), await merge(other)];
  await saveMerge(one, mine, "甲。乙。");
  await saveMerge(other, theirs, "乙。甲。丙。");
  await syncAll();
  expect((await see(one)).heads).toHaveLength(2);
  const again = textOf(await merge(one));
  for (const words of ["甲。", "乙。", "丙。"]) expect(again).toContain(words);
  expect(textOf(await merge(other))).toBe(again);
});

test("choosing one version ends both heads and deletes neither", async () => {
  await changeOnBoth();
  const [, older] = (await see(one)).heads;
  await chooseHead(one, entry, older?.ver ?? "");
  await syncAll();
  for (const session of [one, other]) {
    const view = await see(session);
    expect([view.heads.map(({ text }) => text), view.versions.length]).toEqual([[older?.text], 4]);
  }
});

test("a merge that is written on is a draft with both parents, and an edit begun before stays as it is", async () => {
  await changeOnBoth();
  await saveDraft(one, { draft: entry, entry, parents: [], text: "半句" });
  const found = await merge(one);
  const draft = await draftOfMerge(one, found, textOf(found));
  expect(await readDraft(one, draft)).toMatchObject({ entry, parents: found.parents, text: textOf(found), lesson: "l" });
  await saveDraft(one, { draft, entry, parents: found.parents, text: "写到这里" });
  expect(await draftOfMerge(one, found, "别的")).toBe(draft);
  expect((await readDraft(one, draft))?.text).toBe("写到这里");
  expect((await readDraft(one, entry))?.text).toBe("半句");
});

test("a third head waits for its turn", async () => {
  await changeOnBoth();
  await write(one, "丙。", entry, []);
  await syncAll();
  const found = await merge(other);
  expect(found.more).toBe(1);
  await saveMerge(other, found, textOf(found));
  await syncAll();
  expect((await merge(one)).more).toBe(0);
});
