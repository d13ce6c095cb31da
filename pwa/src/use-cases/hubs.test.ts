/** The root cannot be reached and a hub can: what is given to it, what it may change, and what it may not. */
import { beforeEach, expect, test } from "vitest";
import { readDeliveries } from "../db/delivery.ts";
import { getStatus, getSyncMeta, putMeta } from "../db/meta.ts";
import { announce } from "../db/topics.ts";
import { encodeColumns } from "../domain/encode-columns.ts";
import { studyScope } from "../domain/ids.ts";
import { signMessage } from "../platform/es256.ts";
import { statementMessage } from "../sync/transfers.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { makeSigner, type Signer, TestHub } from "../testing/hub.ts";
import { addHub, originOf } from "./hub-known.ts";
import { readHubs } from "./hub-page.ts";
import { askAround, askHub, makeQuestion } from "./hubs.ts";
import { listHubs, listProvisional } from "../db/hubs.ts";
import { saveEntry } from "./journal.ts";
import type { Session } from "./session.ts";
import { syncState } from "./sync-now.ts";
import { takeIn } from "./take-in.ts";

let app: TestApp;
let root: Signer;
let hub: TestHub;
let session: Session;

const EPOCH = "epoch-1";

beforeEach(async () => {
  root = await makeSigner();
  hub = await TestHub.make(root);
  app = makeApp();
  app.ports.fake.routes.push(hub.route);
  session = await openPerson(app, { rootKey: root.spki });
  await session.db.write(["meta"], async (tx) => {
    const follow = [
      { number: 1, scope: studyScope(session.person.id), role: "owner" },
      { number: 2, scope: "u:teacher", role: "mentor" },
    ];
    await putMeta(tx, { ...(await getSyncMeta(tx)), epoch: EPOCH, followVersion: 3, follow });
  });
});

/** One run of the engine to its end: no line, and no patience. */
async function runOut(): Promise<void> {
  let isOver = false;
  const run = session.scheduler.now().finally(() => (isOver = true));
  while (!isOver) {
    app.ports.fake.pass(10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await run;
}

function last() {
  return hub.questions[hub.questions.length - 1];
}

async function write(text = "今天第一次小组讨论"): Promise<void> {
  await saveEntry(session, { parents: [], text });
}

async function stream() {
  const [only] = await session.db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  if (only === undefined) throw new Error("no stream");
  return only;
}

function journal(entry: string, text: string) {
  const payload = { entry, parents: [], text, ver: `ver-${entry}` };
  return encodeColumns([{ kind: "journal_saved/1", ts: 1_000_000, payload }]);
}

const PROVISIONAL = {
  scope: "u:teacher",
  s: "their-stream",
  f: 0,
  n: 1,
  by: "teacher",
  role: "owner",
  at: 5,
  d: journal("e1", "在中转站的一篇"),
};

async function teachersEntries() {
  const study = await session.studies.of("u:teacher");
  const book = await readDeliveries(session.db);
  return [...study.entries.values()].flatMap((versions) => [...versions.values()].map((one) => [one.text, book.of(one)]));
}

test("a hub is known by the root's word alone, at whatever address it answers", async () => {
  expect(await addHub(session, "not an address at all")).toEqual({ ok: false, code: "address" });
  expect(await addHub(session, "ftp://192.168.1.20")).toEqual({ ok: false, code: "address" });
  expect(await addHub(session, "http://10.0.0.9")).toEqual({ ok: false, code: "silent" });
  const stranger = await TestHub.make(await makeSigner(), "假的");
  const { certificate } = hub;
  hub.certificate = stranger.certificate;
  expect(await addHub(session, hub.address)).toEqual({ ok: false, code: "stranger" });
  expect(await readHubs(session)).toEqual([]);
  hub.certificate = certificate;
  expect(await addHub(session, "192.168.1.20:8000")).toEqual({ ok: true, name: "石梯村小学的中转站" });
  expect(await readHubs(session)).toMatchObject([{ address: hub.address, kept: 0 }]);
});

test.each([
  ["192.168.1.20:8000/", "http://192.168.1.20:8000"],
  [" https://hub.example/some/page ", "https://hub.example"],
  ["", undefined],
  ["http://", undefined],
  ["javascript:alert(1)", undefined],
  ["x".repeat(300), undefined],
])("%j leads to %j", (typed, origin) => expect(originOf(typed)).toBe(origin));

test("while the root is out of reach a hub gets what waits: held is told and is not received", async () => {
  await addHub(session, hub.address);
  await write();
  await write("第二篇");
  await runOut();
  await expect.poll(async () => (await stream()).held).toBe(2);
  expect(await stream()).toMatchObject({ acked: 0, next: 2 });
  expect(hub.questions[0]).toMatchObject({ epoch: EPOCH, follow: 3 });
  await expect.poll(() => syncState(session).value).toMatchObject({ chip: "offline", waiting: 2, kept: 2 });
  expect(await readHubs(session)).toMatchObject([{ kept: 2, rootHeardMs: app.ports.fake.nowMs - 3_600_000 }]);
  expect((await session.db.read(["meta"], getStatus)).reachable).toBe(false);
  const given = hub.questions.flatMap(({ transfers }) => transfers.map(({ next }) => next));
  expect(given[given.length - 1]).toBe(2);
  hub.questions.length = 0;
  await askAround(session, false);
  expect(hub.questions.length).toBeGreaterThan(0);
  expect(hub.questions.flatMap(({ transfers }) => transfers)).toEqual([]);
});

test("a root that can be reached is asked alone", async () => {
  await addHub(session, hub.address);
  await write();
  expect(await askAround(session, true)).toBe("none");
  expect(hub.questions).toEqual([]);
});

test("what a hub alone has of a teacher is shown as such, moves no cursor, and is forgotten when the numbered entry comes", async () => {
  await addHub(session, hub.address);
  hub.tell = () => ({ epoch: EPOCH, provisional: [PROVISIONAL, { ...PROVISIONAL, s: "another", scope: "u:somebody" }], prov: "tag-1" });
  expect(await askAround(session, false)).toBe("answered");
  expect(await teachersEntries()).toEqual([["在中转站的一篇", "at_hub"]]);
  expect((await session.db.read(["meta"], getSyncMeta)).cursors).toEqual({});
  const { scope: _, ...entry } = PROVISIONAL;
  hub.tell = ({ prov }) => ({ epoch: EPOCH, entries: [{ r: 2, p: 1, ...entry, off: 0 }], cur: [[2, 1]], ...(prov && { prov }) });
  await askAround(session, false);
  expect(last()?.prov).toBe(undefined);
  announce(["pulled"]);
  await expect.poll(teachersEntries).toEqual([["在中转站的一篇", "received"]]);
  expect(await listProvisional(session.db)).toEqual([]);
  expect((await session.db.read(["meta"], getSyncMeta)).cursors).toEqual({ 2: 1 });
});

test("the list of a later answer takes the place of the earlier, and an equal one is not sent again", async () => {
  await addHub(session, hub.address);
  hub.tell = () => ({ epoch: EPOCH, provisional: [PROVISIONAL], prov: "tag-1" });
  await askAround(session, false);
  hub.tell = ({ prov }) => ({ epoch: EPOCH, prov: prov ?? "lost" });
  await askAround(session, false);
  expect(last()?.prov).toBe("tag-1");
  expect(await teachersEntries()).toHaveLength(1);
  hub.tell = () => ({ epoch: EPOCH, provisional: [], prov: "tag-2" });
  await askAround(session, false);
  expect(await teachersEntries()).toEqual([]);
});

test("a hub of another history gets segments and is told nothing: no entry, no epoch, no provisional", async () => {
  await addHub(session, hub.address);
  await write();
  const row = { r: 1, p: 9, k: "profile", key: "x", b: { name: "of another history" } };
  hub.tell = () => ({ epoch: "epoch-2", entries: [row], cur: [[1, 9]], follow: [9, []], provisional: [PROVISIONAL] });
  expect(await askAround(session, false)).toBe("answered");
  expect(await stream()).toMatchObject({ held: 1, acked: 0 });
  expect(await session.db.read(["meta"], getSyncMeta)).toMatchObject({ epoch: EPOCH, followVersion: 3, cursors: {} });
  expect(await teachersEntries()).toEqual([]);
});

test("an older follow list of a hub ends no scope", async () => {
  await addHub(session, hub.address);
  hub.tell = () => ({ epoch: EPOCH, follow: [2, []] });
  await askAround(session, false);
  expect((await session.db.read(["meta"], getSyncMeta)).follow).toHaveLength(2);
});

test("the root's signed word moves acked through a hub; anybody else's does not", async () => {
  await addHub(session, hub.address);
  await write();
  await askAround(session, false);
  const { stream: name, chain } = await stream();
  const said = { epoch: EPOCH, stream: name, next: 1, chain };
  const stated = async (by: Signer) => ({ ...said, sig: await signMessage(crypto.subtle, by.keys.privateKey, statementMessage(said)) });
  let statements = [await stated(hub.signer)];
  hub.tell = () => ({ statements });
  await askAround(session, false);
  expect((await stream()).acked).toBe(0);
  statements = [await stated(root)];
  await askAround(session, false);
  expect(await stream()).toMatchObject({ acked: 1, held: 1 });
  await expect.poll(() => syncState(session).value.kept).toBe(0);
});

test("an answer of another key, to another question, or changed on its way changes nothing", async () => {
  await addHub(session, hub.address);
  await write();
  hub.tell = () => ({ nonce: "of another question" });
  expect(await askAround(session, false)).toBe("unreadable");
  hub.tell = () => ({});
  const genuine = hub.signer;
  hub.signer = await makeSigner();
  expect(await askAround(session, false)).toBe("unreadable");
  hub.signer = genuine;
  const [known] = await listHubs(session.db);
  const question = known && (await makeQuestion(session, known));
  const answer = question && (await hub.answer(question));
  if (answer === undefined) throw new Error("no answer");
  const changed = answer.slice();
  changed[changed.length - 80] = (changed[changed.length - 80] ?? 0) ^ 1;
  expect(await takeIn(session, changed)).toMatchObject({ kind: "refused", code: "hub_answer_unreadable" });
  expect((await stream()).held).toBeUndefined();
});

test("question and answer go by hand as files, and an answer counts once", async () => {
  await addHub(session, hub.address);
  await write();
  hub.reachable = false;
  const [known] = await listHubs(session.db);
  const question = known && (await makeQuestion(session, known));
  const answer = question && (await hub.answer(question));
  if (answer === undefined) throw new Error("no answer");
  expect(await takeIn(session, answer)).toEqual({ kind: "hub_answer", name: "石梯村小学的中转站" });
  expect((await stream()).held).toBe(1);
  expect(await takeIn(session, answer)).toMatchObject({ kind: "refused", code: "hub_answer_unreadable" });
});

test("another hub is given what the first held, and a new history forgets what was held", async () => {
  await addHub(session, hub.address);
  await write();
  await askAround(session, false);
  const second = await TestHub.make(root, "乡中心校的中转站");
  app.ports.fake.routes.unshift(second.route);
  await addHub(session, second.address);
  await askHub(session, second.certificate.hub);
  expect(second.questions[0]?.transfers).toMatchObject([{ next: 1 }]);
  await session.db.write(["meta", "streams"], async (tx) => {
    await putMeta(tx, { ...(await getSyncMeta(tx)), epoch: "epoch-2" });
    for (const one of await tx.objectStore("streams").getAll()) await tx.objectStore("streams").put({ ...one, held: 0 });
  });
  expect(await readHubs(session)).toMatchObject([{ kept: 0 }, { kept: 0 }]);
  await askHub(session, second.certificate.hub);
  expect(second.questions.filter(({ transfers }) => transfers.length > 0)).toHaveLength(2);
});

test("where a hub answered is known better by who typed it than by a row", async () => {
  await addHub(session, hub.address);
  const body = { name: "乡中心校", address: "http://10.9.9.9:8000", certificate: hub.certificate };
  const row = { scope: "o:1", kind: "hub", key: hub.certificate.hub, position: 1, body };
  await session.db.write(["rows"], async (tx) => void (await tx.objectStore("rows").put(row)));
  expect(await readHubs(session)).toMatchObject([{ name: "乡中心校", address: hub.address }]);
});

test("a hub that a row told of is forgotten with the row", async () => {
  const body = { name: "乡中心校", address: hub.address, certificate: hub.certificate };
  const row = { scope: "o:1", kind: "hub", key: hub.certificate.hub, position: 1, body };
  await session.db.write(["rows"], async (tx) => void (await tx.objectStore("rows").put(row)));
  expect(await readHubs(session)).toMatchObject([{ name: "乡中心校", address: hub.address }]);
  await session.db.write(["rows"], async (tx) => await tx.objectStore("rows").clear());
  expect(await readHubs(session)).toEqual([]);
});

test("a local hub on http is asked for as such, so that a page on https may reach it; others are not", async () => {
  const asked: RequestInit[] = [];
  app.ports.fake.routes.unshift((path, init) => {
    if (path.endsWith("/hub/1/about")) asked.push(init);
    return undefined;
  });
  for (const address of [hub.address, "http://127.0.0.1:9", "https://hub.example"]) await addHub(session, address);
  expect(asked.map((init) => (init as { targetAddressSpace?: string }).targetAddressSpace)).toEqual(["local", undefined, undefined]);
});
