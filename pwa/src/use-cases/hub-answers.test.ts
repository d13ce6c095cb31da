/** What a hub says, and how far it is believed. */
import { expect, test } from "vitest";
import { getSyncMeta } from "../db/meta.ts";
import { announce } from "../db/topics.ts";
import { signMessage } from "../platform/es256.ts";
import { statementMessage } from "../sync/transfers.ts";
import { makeSigner, type Signer } from "../testing/hub.ts";
import { addHub } from "./hub-known.ts";
import { askAround, makeQuestion } from "./hubs.ts";
import { listHubs, listProvisional } from "../db/hubs.ts";
import { syncState } from "./sync-now.ts";
import { takeIn } from "./take-in.ts";
import { root, hub, session, EPOCH, last, write, stream, PROVISIONAL, teachersEntries } from "../testing/hub-phone.ts";

test("what a hub alone has of a teacher is shown as such, moves no cursor, and is forgotten when the numbered entry comes", async () => {
  await addHub(session, hub.address);
  hub.tell = () => ({ epoch: EPOCH, provisional: [PROVISIONAL, { ...PROVISIONAL, s: "another", scope: "u:somebody" }], prov: "tag-1" });
  expect(await askAround(session, false)).toBe("answered");
  expect(await teachersEntries()).toEqual([["在中转站的一篇", "at_hub"]]);
  expect((await session.db.read(["meta"], getSyncMeta)).cursors).toEqual({});
  const { scope: _, ...entry } = PROVISIONAL;
  hub.tell = ({ prov }) => ({ epoch: EPOCH, entries: [{ r: 2, p: 1, ...entry, off: 0 }], ...(prov && { prov }) });
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
  hub.tell = () => ({ epoch: "epoch-2", entries: [row], follow: [9, []], provisional: [PROVISIONAL] });
  expect(await askAround(session, false)).toBe("answered");
  expect(await stream()).toMatchObject({ held: 1, acked: 0 });
  expect(await session.db.read(["meta"], getSyncMeta)).toMatchObject({ epoch: EPOCH, followVersion: 3, cursors: {} });
  expect(await teachersEntries()).toEqual([]);
});

test("an older follow list of a hub ends no scope", async () => {
  await addHub(session, hub.address);
  hub.tell = () => ({ epoch: EPOCH, follow: [2, []] });
  await askAround(session, false);
  expect((await session.db.read(["meta"], getSyncMeta)).follow).toHaveLength(3);
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
