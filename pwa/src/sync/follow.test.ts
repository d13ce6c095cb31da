/** Photos and recordings of somebody else go with the right to see them; what this phone made stays. */
import { expect, test } from "vitest";
import { changeBlob, keepFetched, listBlobs, putBlob, readBlobBytes } from "../db/blobs.ts";
import { nameBlob } from "../use-cases/blobs.ts";
import { db, engine, serve, server } from "./testing/one-engine.ts";
import { epochName, ProtocolServer } from "./testing/protocol-server.ts";

const photoOf = async (text: string) => {
  const data = new TextEncoder().encode(text);
  return { data, ref: await nameBlob(data, { kind: "photo", type: "image/webp" }) };
};

/** The classroom of a teacher, fetched by their mentor. */
async function fetched(scope: string): Promise<string> {
  const { data, ref } = await photoOf(`classroom of ${scope}`);
  expect(await keepFetched(db, scope, ref, data, 1)).toBe(true);
  return ref.sha256;
}

/** What the mentor made for the teacher: sent or not, it is theirs. */
async function made(scope: string, sent: boolean): Promise<string> {
  const { data, ref } = await photoOf(`own, sent ${sent}`);
  await db.write(["blobs", "blob_bytes"], async (tx) => await putBlob(tx, scope, ref, data, 1));
  if (sent) await changeBlob(db, ref.sha256, { named: true, arrived: epochName(0) });
  return ref.sha256;
}

const here = async () => (await listBlobs(db)).map(({ sha256 }) => sha256).sort();

test("what was fetched from a teacher goes when the pair ends; of others it stays, and so does what was made here", async () => {
  for (const scope of ["u:t", "u:other"]) server.addMember(scope, "p", "mentor");
  await engine().run();
  const gone = await fetched("u:t");
  const left = [await fetched("u:other"), await made("u:t", true), await made("u:t", false)].sort();
  server.endMember("u:t", "p");
  await engine().run();
  expect(await here()).toEqual(left);
  expect(await readBlobBytes(db, gone)).toBeUndefined();
  for (const sha256 of left) expect(await readBlobBytes(db, sha256)).toBeDefined();
});

test("it goes too when the scope is read from elsewhere on, under another number", async () => {
  server.addMember("u:t", "p", "mentor");
  await engine().run();
  const gone = await fetched("u:t");
  const own = await made("u:t", true);
  server.endMember("u:t", "p");
  server.addMember("u:t", "p", "mentor");
  await engine().run();
  expect(await here()).toEqual([own]);
  expect(await readBlobBytes(db, gone)).toBeUndefined();
});

test("it goes too when the root was put back to before the pair, whose list of scopes is the first of its epoch", async () => {
  server.addMember("u:t", "p", "mentor");
  await engine().run();
  const gone = await fetched("u:t");
  const own = await fetched("u:p");
  const restored = new ProtocolServer();
  restored.epoch = epochName(1);
  restored.addMember("u:p", "p", "owner");
  serve(restored);
  await engine().run();
  expect(await here()).toEqual([own]);
  expect(await readBlobBytes(db, gone)).toBeUndefined();
});

test("what was still coming when the pair ended is not kept", async () => {
  server.addMember("u:t", "p", "mentor");
  await engine().run();
  server.endMember("u:t", "p");
  await engine().run();
  const { data, ref } = await photoOf("late");
  expect(await keepFetched(db, "u:t", ref, data, 1)).toBe(false);
  expect(await here()).toEqual([]);
});
