/** The root cannot be reached and a hub can: what is given to it, what it may change, and what it may not. */
import { expect, test } from "vitest";
import { getStatus, getSyncMeta, putMeta } from "../db/meta.ts";
import { makeSigner, TestHub } from "../testing/hub.ts";
import { addHub, originOf } from "./hub-known.ts";
import { readHubs } from "./hub-page.ts";
import { askAround, askHub, makeQuestion } from "./hubs.ts";
import { listHubs } from "../db/hubs.ts";
import { syncState } from "./sync-now.ts";
import { takeIn } from "./take-in.ts";
import { app, root, hub, session, EPOCH, runOut, write, stream } from "../testing/hub-phone.ts";

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

test("a hub of a place that is not the person's is given nothing until they said so", async () => {
  const far = await TestHub.make(root, "外县的中转站", "elsewhere");
  app.ports.fake.routes.unshift(far.route);
  await write();
  expect(await addHub(session, far.address)).toEqual({ ok: false, code: "elsewhere", name: "外县的中转站" });
  expect(await askAround(session, false)).toBe("none");
  expect(far.questions).toEqual([]);
  expect(await addHub(session, far.address, true)).toEqual({ ok: true, name: "外县的中转站" });
  expect(await askAround(session, false)).toBe("answered");
  expect(far.questions[0]?.transfers).toHaveLength(1);
  // Who trusted it once is not asked again when its address changes.
  expect(await addHub(session, far.address)).toMatchObject({ ok: true });
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

test("a hub that the root withdrew is known no more, by whatever way it was, and is not added again", async () => {
  await addHub(session, hub.address);
  const { hub: id, name } = hub.certificate;
  await session.db.write(["rows"], async (tx) => {
    await tx.objectStore("rows").put({ scope: "pub", kind: "hub_revoked", key: id, position: 1, body: { hub: id } });
  });
  expect(await readHubs(session)).toEqual([]);
  await write();
  expect(await askAround(session, false)).toBe("none");
  expect(await addHub(session, hub.address, true)).toEqual({ ok: false, code: "revoked", name });
  expect(hub.questions).toEqual([]);
  await session.db.write(["rows"], async (tx) => await tx.objectStore("rows").clear());
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
