/** A server of files, whose line may break after some bytes, and a teacher who has photos for it. */
import { getSyncMeta, putMeta } from "../db/meta.ts";
import { makeApp, openPerson, type TestApp } from "./app.ts";
import { nameBlob, sendFiles } from "../use-cases/blobs.ts";
import { contentOf, saveDraft } from "../use-cases/drafts.ts";
import { saveEntry } from "../use-cases/journal.ts";
import type { Session } from "../use-cases/session.ts";
import { until } from "./until.ts";

export const PHOTO = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31 + (index >> 8)) % 251);

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

export async function teacher(): Promise<{ app: TestApp; session: Session; server: FileServer; patience: () => void }> {
  const app = makeApp();
  const server = new FileServer();
  server.install(app);
  const session = await openPerson(app);
  const timer = setInterval(() => app.ports.fake.pass(60_000), 1);
  return { app, session, server, patience: () => clearInterval(timer) };
}

/** An entry with one photo, whose event the server has. */
export async function savedPhoto(session: Session, data: Uint8Array<ArrayBuffer> = PHOTO): Promise<{ entry: string; sha256: string }> {
  const ref = await nameBlob(data, { kind: "photo", type: "image/webp", faces: "nobody" });
  await saveDraft(session, { draft: "d", parents: [], text: "看", blobs: [ref] }, [null], new Map([[ref.sha256, data]]));
  const written = { text: "看", blobs: [ref] };
  const saved = await saveEntry(session, { ...written, parents: [], draft: { name: "d", over: [contentOf(written)] } });
  if (!saved.ok) throw new Error(saved.code);
  return { entry: saved.entry, sha256: ref.sha256 };
}

export async function eventsArrived(session: Session, epoch = "epoch-1"): Promise<void> {
  await session.db.write(["meta", "streams"], async (tx) => {
    for (const stream of await tx.objectStore("streams").getAll()) await tx.objectStore("streams").put({ ...stream, acked: stream.next });
    await putMeta(tx, { ...(await getSyncMeta(tx)), epoch });
  });
}

/** What comes of a run of one's own: the session's scheduler may have one under way just then. */
export async function send(...asked: Parameters<typeof sendFiles>): ReturnType<typeof sendFiles> {
  return await until(async () => {
    const outcome = await sendFiles(...asked);
    if (outcome === "busy") throw new Error("another run is under way");
    return outcome;
  });
}
