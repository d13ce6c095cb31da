/** Words are never refused for want of space while photos or recordings could go; which go first is asked of what a backup has. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openPerson } from "../testing/app.ts";
import { eventsArrived, PHOTO, savedPhoto, send, teacher } from "../testing/file-server.ts";
import { fillDisk, fillDiskUntilMediaGoes } from "../testing/full-disk.ts";
import { listEntries, saveEntry } from "../use-cases/journal.ts";
import { nameBlob, withSpace } from "../use-cases/blobs.ts";
import { sendMessage } from "../use-cases/messages.ts";
import { closeSession } from "../use-cases/open-session.ts";
import type { Session } from "../use-cases/session.ts";
import { sealAll } from "../sync/seal.ts";
import { changeBlob, keepFetched, listBlobs, readBlobBytes } from "./blobs.ts";
import { StorageError } from "./database.ts";
import { getSyncMeta, putMeta } from "./meta.ts";
import { openPersonDatabase } from "./person-schema.ts";
import { dropHeld } from "./room.ts";

let makeRoom: () => void = () => undefined;
let end: () => void = () => undefined;

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  makeRoom();
  end();
  vi.restoreAllMocks();
});

const photo = (seed: number): Uint8Array<ArrayBuffer> => PHOTO.map((byte) => byte ^ seed);

/** A teacher at rest, so that no run of theirs comes between. */
async function someone() {
  const { app, session, server, patience } = await teacher();
  end = () => {
    patience();
    session.close();
  };
  session.scheduler.stop();
  return { app, session, server };
}

/** A photo that the server has. */
async function sent(session: Session, seed = 0): Promise<string> {
  const { sha256 } = await savedPhoto(session, photo(seed));
  await eventsArrived(session);
  await send(session);
  return sha256;
}

/** The server says that a verified backup has so many events of everything. */
async function backedUp(session: Session): Promise<void> {
  await session.db.write(["streams"], async (tx) => {
    for (const stream of await tx.objectStore("streams").getAll()) await tx.objectStore("streams").put({ ...stream, safe: stream.acked });
  });
}

const bytesHere = async (session: Session) => (await listBlobs(session.db)).filter(({ here }) => here).map(({ sha256 }) => sha256);

describe("on a full phone", () => {
  test("an entry is saved all the same: a photo that the server has goes for it", async () => {
    const { session } = await someone();
    const sha256 = await sent(session);
    makeRoom = fillDiskUntilMediaGoes();
    expect(await saveEntry(session, { parents: [], text: "写得下" })).toMatchObject({ ok: true });
    expect(await bytesHere(session)).toEqual([]);
    expect(await readBlobBytes(session.db, sha256)).toBeUndefined();
    expect((await listEntries(session, "zh-Hans")).map(({ excerpt }) => excerpt)).toContain("写得下");
  });

  test("so is a message, and what was saved is sealed", async () => {
    const { session } = await someone();
    await sent(session);
    makeRoom = fillDiskUntilMediaGoes();
    await sendMessage(session, session.person.id, "老师好");
    await sent(session, 1);
    await saveEntry(session, { parents: [], text: "再写" });
    makeRoom = fillDiskUntilMediaGoes();
    expect(await sealAll(session.db)).toBeGreaterThan(0);
  });

  test("what the server does not have stays, and the words are refused as ever", async () => {
    const { session } = await someone();
    const { sha256 } = await savedPhoto(session);
    makeRoom = fillDiskUntilMediaGoes();
    await expect(saveEntry(session, { parents: [], text: "写不下" })).rejects.toMatchObject({ code: "full" });
    makeRoom();
    expect(await bytesHere(session)).toEqual([sha256]);
  });

  test("where nothing helps, or the code that makes room does not come, the failure is that of the words", async () => {
    const { app, session } = await someone();
    await sent(session);
    makeRoom = fillDisk();
    await expect(saveEntry(session, { parents: [], text: "写不下" })).rejects.toMatchObject({ code: "full" });
    makeRoom();
    app.inside.later = async () => await Promise.reject(new TypeError("Failed to fetch"));
    makeRoom = fillDiskUntilMediaGoes();
    await expect(saveEntry(session, { parents: [], text: "写不下" })).rejects.toMatchObject({ code: "full" });
    makeRoom();
    expect(await bytesHere(session)).toHaveLength(1);
  });
});

describe("of a phone that people share", () => {
  /** Two photos of somebody whose turn is over: a backup has the first. */
  async function twoPeople() {
    const { app, session: other } = await someone();
    const safe = await sent(other, 1);
    await saveEntry(other, { parents: [], text: "备份前" });
    await eventsArrived(other);
    await backedUp(other);
    const arrived = await sent(other, 2);
    await closeSession(app);
    const session = await openPerson(app);
    session.scheduler.stop();
    end = ((before) => () => {
      before();
      session.close();
    })(end);
    const theirs = openPersonDatabase(other.person.id);
    return { session, safe, arrived, theirs };
  }

  test("the others' media go for an entry once a backup has them, where one's own give nothing", async () => {
    const { session, safe, arrived, theirs } = await twoPeople();
    makeRoom = fillDiskUntilMediaGoes();
    expect(await saveEntry(session, { parents: [], text: "写得下" })).toMatchObject({ ok: true });
    expect(await readBlobBytes(theirs, safe)).toBeUndefined();
    expect(await readBlobBytes(theirs, arrived)).toBeDefined();
    makeRoom = fillDiskUntilMediaGoes();
    await expect(saveEntry(session, { parents: [], text: "写不下" })).rejects.toMatchObject({ code: "full" });
    makeRoom();
    expect(await readBlobBytes(theirs, arrived)).toBeDefined();
    theirs.close();
  });

  test("they go for a photo, after one's own", async () => {
    const { session, safe, theirs } = await twoPeople();
    const own = await sent(session, 3);
    const attach = async (): Promise<void> => {
      if ((await readBlobBytes(theirs, safe)) !== undefined) throw new StorageError("full", "no room");
    };
    await withSpace(session, 2 * PHOTO.length, attach);
    expect([await readBlobBytes(session.db, own), await readBlobBytes(theirs, safe)]).toEqual([undefined, undefined]);
    theirs.close();
  });
});

describe("first goes", () => {
  test("what a backup has, then what merely arrived, the oldest of each before the others", async () => {
    const { session } = await someone();
    const old = await sent(session, 1);
    const next = await sent(session, 2);
    await backedUp(session);
    const arrived = await sent(session, 3);
    for (const gone of [old, next, arrived]) {
      expect(await bytesHere(session)).toContain(gone);
      await dropHeld(session.db, 1);
      expect(await bytesHere(session)).not.toContain(gone);
    }
    expect(await bytesHere(session)).toEqual([]);
  });

  test("not what came after the backup that has its words: the next backup counts", async () => {
    const { session } = await someone();
    await sent(session, 1);
    const { sha256: late } = await savedPhoto(session, photo(2));
    await eventsArrived(session);
    await backedUp(session);
    // Over Wi-Fi, days after its words.
    await send(session);
    await changeBlob(session.db, late, { madeMs: 1 });
    await dropHeld(session.db, 1);
    expect(await bytesHere(session)).toEqual([late]);
    await saveEntry(session, { parents: [], text: "又一篇" });
    await eventsArrived(session);
    await backedUp(session);
    const arrived = await sent(session, 3);
    await changeBlob(session.db, arrived, { madeMs: 0 });
    await dropHeld(session.db, 1);
    expect(await bytesHere(session)).toEqual([arrived]);
  });

  test("not what came after a backup that this phone hears of later", async () => {
    const { session } = await someone();
    const late = await sent(session, 1);
    // Made before the file came; of its words only this phone hears now.
    await backedUp(session);
    const older = await sent(session, 2);
    await changeBlob(session.db, older, { madeMs: 1 });
    await dropHeld(session.db, 1);
    expect(await bytesHere(session)).toEqual([late]);
  });

  test("a copy of somebody else's, and one of an older history of the root at the very last", async () => {
    const { session, server } = await someone();
    const mine = await sent(session, 1);
    // In the new history it would be sent once more, and could go.
    server.down = true;
    await session.db.write(["meta"], async (tx) => {
      const follow = [{ number: 1, scope: "u:t", role: "mentor" }];
      await putMeta(tx, { ...(await getSyncMeta(tx)), follow });
    });
    const copy = async (seed: number) => {
      const ref = await nameBlob(photo(seed), { kind: "photo", type: "image/webp" });
      await keepFetched(session.db, "u:t", ref, photo(seed), 9e12);
      return ref.sha256;
    };
    const older = await copy(2);
    await eventsArrived(session, "epoch-2");
    await copy(3);
    expect(await dropHeld(session.db, 1)).toBe(PHOTO.length);
    expect((await bytesHere(session)).sort()).toEqual([mine, older].sort());
    await dropHeld(session.db, 1e9);
    expect(await bytesHere(session)).toEqual([mine]);
  });
});
