/** A photo that nobody has decided upon: kept on this phone, in no file and no event, for a day at most. */
import { expect, test } from "vitest";
import { utf8 } from "../domain/bytes.ts";
import { makeApp, openPerson } from "../testing/app.ts";
import { listBlobs } from "../db/blobs.ts";
import { changeOpenPhoto, dropOpenPhoto, keepOpenPhoto, readOpenPhoto } from "./open-photo.ts";

const PHOTO = { data: utf8("uncovered"), type: "image/webp", strokes: [], faces: "" };
const DAY_MS = 24 * 3_600_000;

test("it comes back with what was covered and chosen since, under its own draft alone", async () => {
  const session = await openPerson(makeApp());
  await keepOpenPhoto(session, "new~1", PHOTO);
  await changeOpenPhoto(session, "new~1", { strokes: [[3, 4]], faces: "blurred" });
  expect(await readOpenPhoto(session, "new~1")).toMatchObject({ ...PHOTO, strokes: [[3, 4]], faces: "blurred" });
  expect(await readOpenPhoto(session, "new~2")).toBeNull();
  session.close();
});

test("it is no attachment and no event, and is gone with the decision", async () => {
  const session = await openPerson(makeApp());
  await keepOpenPhoto(session, "new~1", PHOTO);
  expect(await listBlobs(session.db)).toEqual([]);
  expect(await session.db.read(["events"], async (tx) => await tx.objectStore("events").count())).toBe(0);
  await dropOpenPhoto(session, "new~1");
  await changeOpenPhoto(session, "new~1", { strokes: [], faces: "nobody" });
  expect(await readOpenPhoto(session, "new~1")).toBeNull();
  session.close();
});

test("after a day it is forgotten, whichever draft is opened then", async () => {
  const app = makeApp();
  const session = await openPerson(app);
  await keepOpenPhoto(session, "new~1", PHOTO);
  app.ports.fake.nowMs += DAY_MS;
  expect(await readOpenPhoto(session, "new~1")).not.toBeNull();
  app.ports.fake.nowMs += 1;
  expect(await readOpenPhoto(session, "new~2")).toBeNull();
  expect(await session.db.read(["answer_drafts"], async (tx) => await tx.objectStore("answer_drafts").count())).toBe(0);
  session.close();
});
