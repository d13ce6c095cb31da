/** Photos over bad lines: after the words, in pieces that shrink, once, and never at the price of the phone's own copy. */
import { expect, test } from "vitest";
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { readBlobBytes } from "../db/blobs.ts";
import { getSyncMeta, putMeta } from "../db/meta.ts";
import { dropHeld } from "../db/room.ts";
import { blobsHere, chooseWifiOnly, fetchBlob, nameBlob, readFilesWaiting } from "../use-cases/blobs.ts";
import { readEntry } from "../use-cases/journal.ts";
import { PHOTO, teacher, savedPhoto, eventsArrived, send } from "../testing/file-server.ts";

test("the bytes are on the phone with the draft, and nothing goes before the event that names them", async () => {
  const { session, server, patience } = await teacher();
  const { entry, sha256 } = await savedPhoto(session);
  expect(await readBlobBytes(session.db, sha256)).toEqual(PHOTO);
  expect((await readEntry(session, entry, "zh-Hans"))?.heads[0]?.blobs[0]?.sha256).toBe(sha256);
  await session.db.write(["meta"], async (tx) => await putMeta(tx, { ...(await getSyncMeta(tx)), epoch: "epoch-1" }));
  expect(await send(session)).toBe("words");
  expect(server.asked).toEqual([]);
  await eventsArrived(session);
  expect(await send(session)).toBe("done");
  expect([...server.held.values()]).toEqual([PHOTO]);
  expect(await blobsWaiting(session.db)).toEqual([]);
  expect(await readBlobBytes(session.db, sha256)).toEqual(PHOTO);
  patience();
  session.close();
});

test("a line that breaks in every piece still brings the file, and no byte that arrived goes twice", async () => {
  const { session, server, patience } = await teacher();
  await savedPhoto(session);
  await eventsArrived(session);
  server.breaksAfter = 3_000;
  expect(await send(session)).toBe("done");
  expect([...server.held.values()]).toEqual([PHOTO]);
  expect(server.received).toBe(PHOTO.length);
  patience();
  session.close();
});

test("pieces shrink until they pass a line that loses the larger ones", async () => {
  const { session, server, patience } = await teacher();
  await savedPhoto(session);
  await eventsArrived(session);
  server.losesBeyond = 9_000;
  expect(await send(session)).toBe("done");
  expect([...server.held.values()]).toEqual([PHOTO]);
  patience();
  session.close();
});

test("a server that is gone ends the run after some tries, and the phone tries again by itself", async () => {
  const { session, server, patience } = await teacher();
  await savedPhoto(session);
  await eventsArrived(session);
  server.breaksAfter = 0;
  expect(await send(session)).toBe("unreachable");
  expect(server.asked.length).toBeLessThan(20);
  expect((await readFilesWaiting(session)).bytesLeft).toBe(PHOTO.length);
  server.breaksAfter = undefined;
  // By itself, a minute later.
  await expect.poll(async () => await blobsWaiting(session.db)).toEqual([]);
  patience();
  session.close();
});

test("under a new epoch the files are offered again, and only what is missing is sent", async () => {
  const { session, server, patience } = await teacher();
  await savedPhoto(session);
  await savedPhoto(session, PHOTO.slice(0, 5_000));
  await eventsArrived(session);
  expect(await send(session)).toBe("done");
  const [first] = server.held.keys();
  const received = server.received;
  server.held.delete(first as string);
  server.begun.clear();
  expect(await send(session)).toBe("done");
  expect(server.received).toBe(received);
  await eventsArrived(session, "epoch-2");
  expect(await blobsWaiting(session.db)).toHaveLength(2);
  expect(await send(session)).toBe("done");
  expect(server.held.size).toBe(2);
  expect(server.received).toBe(received + PHOTO.length);
  patience();
  session.close();
});

test("what the server never takes stays on the phone and holds nothing else up", async () => {
  const { session, server, patience } = await teacher();
  const { sha256 } = await savedPhoto(session);
  await eventsArrived(session);
  server.refusal = { status: 415, code: "file_type_refused", retry: "never" };
  expect(await send(session)).toBe("done");
  expect((await readFilesWaiting(session)).items).toMatchObject([{ sha256, refused: "file_type_refused" }]);
  server.refusal = { status: 429, code: "file_space_full", retry: "later" };
  await savedPhoto(session, PHOTO.slice(0, 100));
  await eventsArrived(session);
  expect(await send(session)).toBe("full");
  server.refusal = undefined;
  expect(await send(session)).toBe("done");
  expect(server.held.size).toBe(1);
  expect(await readBlobBytes(session.db, sha256)).toEqual(PHOTO);
  patience();
  session.close();
});

test("with Wi-Fi only, nothing goes over a line of unknown kind until the person says so", async () => {
  const { session, server, patience } = await teacher();
  await savedPhoto(session);
  await eventsArrived(session);
  await chooseWifiOnly(session, true);
  expect(await send(session)).toBe("line");
  expect(server.asked).toEqual([]);
  expect(await send(session, true)).toBe("done");
  patience();
  session.close();
});

test("when space is short only what the server holds is dropped, and it can be fetched again", async () => {
  const { session, patience } = await teacher();
  const { entry, sha256 } = await savedPhoto(session);
  expect(await dropHeld(session.db, 1)).toBe(0);
  await eventsArrived(session);
  await send(session);
  expect(await dropHeld(session.db, 1)).toBe(PHOTO.length);
  expect((await blobsHere(session)).has(sha256)).toBe(false);
  const ref = (await readEntry(session, entry, "zh-Hans"))?.heads[0]?.blobs[0];
  if (ref === undefined) throw new Error("the entry names it still");
  expect(await fetchBlob(session, `u:${session.person.id}`, ref)).toBe("kept");
  expect(await readBlobBytes(session.db, sha256)).toEqual(PHOTO);
  expect(await blobsWaiting(session.db)).toEqual([]);
  patience();
  session.close();
});

test("a picture that is not what the entry named is not kept", async () => {
  const { session, server, patience } = await teacher();
  const ref = await nameBlob(PHOTO, { kind: "photo", type: "image/webp" });
  const path = `/files/u:someone/${ref.sha256}`;
  expect(await fetchBlob(session, "u:someone", ref)).toBe("not_there");
  server.held.set(
    path,
    PHOTO.map((byte, index) => (index === 7 ? byte ^ 1 : byte)),
  );
  expect(await fetchBlob(session, "u:someone", ref)).toBe("damaged");
  server.down = true;
  expect(await fetchBlob(session, "u:someone", ref)).toBe("offline");
  expect((await blobsHere(session)).size).toBe(0);
  patience();
  session.close();
});
