/** Photos over bad lines: after the words, in pieces that shrink, once, and never at the price of the phone's own copy. */
import { expect, test, vi } from "vitest";
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { readBlobBytes } from "../db/blobs.ts";
import { getSyncMeta, putMeta } from "../db/meta.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { dropHeld } from "../db/blobs.ts";
import { blobsHere, chooseWifiOnly, fetchBlob, nameBlob, readFilesWaiting, sendFiles } from "../use-cases/blobs.ts";
import { saveDraft } from "../use-cases/drafts.ts";
import { readEntry, saveEntry } from "../use-cases/journal.ts";
import type { Session } from "../use-cases/session.ts";

const PHOTO = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31 + (index >> 8)) % 251);

/** A server of files: keeps what came, may break every connection after some bytes. */
class FileServer {
  held = new Map<string, Uint8Array>();
  begun = new Map<string, { length: number; data: number[] }>();
  asked: string[] = [];
  received = 0;
  /** Bytes of a PATCH that arrive before the line breaks; undefined when it holds. */
  breaksAfter: number | undefined;
  /** Larger PATCHes are lost whole, as when a line dies faster than the server reads. */
  losesBeyond = Number.POSITIVE_INFINITY;
  refusal: { status: number; code: string; retry: string } | undefined;
  down = false;

  install(app: TestApp): void {
    app.ports.fake.routes.push((path, init) => this.answer(path, init));
  }

  private async answer(path: string, init: RequestInit): Promise<Response | undefined> {
    if (!path.startsWith("/files/")) return undefined;
    if (this.down) throw new TypeError("Failed to fetch");
    const headers = new Headers(init.headers);
    this.asked.push(init.method ?? "GET");
    if (this.refusal !== undefined) {
      const { status, code, retry } = this.refusal;
      return Response.json({ code, retry, message: "", details: {}, request_id: "" }, { status });
    }
    if (init.method === undefined) return this.read(path, headers);
    const held = this.held.get(path);
    if (held !== undefined) return offset(held.length);
    if (init.method === "POST") {
      const begun = this.begun.get(path) ?? { length: Number(headers.get("Upload-Length")), data: [] };
      this.begun.set(path, begun);
      return offset(begun.data.length, 201);
    }
    return await this.append(path, headers, init.body as Uint8Array);
  }

  private async append(path: string, headers: Headers, body: Uint8Array): Promise<Response> {
    const begun = this.begun.get(path);
    if (begun === undefined || Number(headers.get("Upload-Offset")) !== begun.data.length)
      return Response.json({ code: "upload_conflict", retry: "later" }, { status: 409 });
    if (body.length > this.losesBeyond) throw new TypeError("Failed to fetch");
    const arrived = this.breaksAfter === undefined ? body : body.slice(0, this.breaksAfter);
    begun.data.push(...arrived);
    this.received += arrived.length;
    if (begun.data.length >= begun.length) this.held.set(path, Uint8Array.from(begun.data));
    if (arrived.length < body.length) throw new TypeError("Failed to fetch");
    return offset(begun.data.length);
  }

  private read(path: string, headers: Headers): Response {
    const held = this.held.get(path);
    if (held === undefined) return Response.json({ code: "not_found", retry: "never" }, { status: 404 });
    const [first = 0, last = 0] = (headers.get("Range") ?? "").replace("bytes=", "").split("-").map(Number);
    const range = { "Content-Range": `bytes ${first}-${last}/${held.length}` };
    return new Response(held.slice(first, last + 1), { status: 206, headers: range });
  }
}

function offset(bytes: number, status = 200): Response {
  return new Response(null, { status, headers: { "Upload-Offset": String(bytes) } });
}

async function teacher(): Promise<{ app: TestApp; session: Session; server: FileServer; patience: () => void }> {
  const app = makeApp();
  const server = new FileServer();
  server.install(app);
  const session = await openPerson(app);
  const timer = setInterval(() => app.ports.fake.pass(60_000), 1);
  return { app, session, server, patience: () => clearInterval(timer) };
}

/** An entry with one photo, whose event the server has. */
async function savedPhoto(session: Session, data: Uint8Array<ArrayBuffer> = PHOTO): Promise<{ entry: string; sha256: string }> {
  const ref = await nameBlob(data, { kind: "photo", type: "image/webp", faces: "nobody" });
  await saveDraft(session, { draft: "d", parents: [], text: "看", blobs: [ref] }, [null], new Map([[ref.sha256, data]]));
  const saved = await saveEntry(session, { parents: [], text: "看", blobs: [ref], draft: "d" });
  if (!saved.ok) throw new Error(saved.code);
  return { entry: saved.entry, sha256: ref.sha256 };
}

async function eventsArrived(session: Session, epoch = "epoch-1"): Promise<void> {
  await session.db.write(["meta", "streams"], async (tx) => {
    for (const stream of await tx.objectStore("streams").getAll()) await tx.objectStore("streams").put({ ...stream, acked: stream.next });
    await putMeta(tx, { ...(await getSyncMeta(tx)), epoch });
  });
}

/** A run on a bad line takes its time, the more so on a busy machine. */
const WAIT_MS = 20_000;

/** What comes of a run of one's own: the session's scheduler may have one under way just then. */
async function send(...asked: Parameters<typeof sendFiles>): ReturnType<typeof sendFiles> {
  return await vi.waitFor(async () => {
    const outcome = await sendFiles(...asked);
    if (outcome === "busy") throw new Error("another run is under way");
    return outcome;
  }, WAIT_MS);
}

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
