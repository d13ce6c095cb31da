/** A phone whose root cannot be reached, beside a hub of that root. Owns the situation before each test. */
import { beforeEach } from "vitest";
import { readDeliveries } from "../db/delivery.ts";
import { getSyncMeta, putMeta } from "../db/meta.ts";
import { encodeColumns } from "../domain/encode-columns.ts";
import { studyScope } from "../domain/ids.ts";
import { makeApp, openPerson, type TestApp } from "./app.ts";
import { makeSigner, type Signer, TestHub } from "./hub.ts";
import { saveEntry } from "../use-cases/journal.ts";
import type { Session } from "../use-cases/session.ts";

export let app: TestApp;
export let root: Signer;
export let hub: TestHub;
export let session: Session;

export const EPOCH = "epoch-1";

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
      { number: 3, scope: `o:${hub.certificate.organisation}`, role: "member" },
    ];
    await putMeta(tx, { ...(await getSyncMeta(tx)), epoch: EPOCH, followVersion: 3, follow });
  });
});

/** One run of the engine to its end: no line, and no patience. */
export async function runOut(): Promise<void> {
  let isOver = false;
  const run = session.scheduler.now().finally(() => (isOver = true));
  while (!isOver) {
    app.ports.fake.pass(10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await run;
}

export function last() {
  return hub.questions[hub.questions.length - 1];
}

export async function write(text = "今天第一次小组讨论"): Promise<void> {
  await saveEntry(session, { parents: [], text });
}

export async function stream() {
  const [only] = await session.db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  if (only === undefined) throw new Error("no stream");
  return only;
}

function journal(entry: string, text: string) {
  const payload = { entry, parents: [], text, ver: `ver-${entry}` };
  return encodeColumns([{ kind: "journal_saved/1", ts: 1_000_000, payload }]);
}

export const PROVISIONAL = {
  scope: "u:teacher",
  s: "their-stream",
  f: 0,
  n: 1,
  by: "teacher",
  role: "owner",
  at: 5,
  d: journal("e1", "在中转站的一篇"),
};

export async function teachersEntries() {
  const study = await session.studies.of("u:teacher");
  const book = await readDeliveries(session.db);
  return [...study.entries.values()].flatMap((versions) => [...versions.values()].map((one) => [one.text, book.of(one)]));
}
