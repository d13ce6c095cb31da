/** A carried file over a weak line: it goes in parts, is said to be going meanwhile, and costs nothing while it would be in vain. */
import { expect, test } from "vitest";
import { putCarried } from "../db/carried.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { until } from "../testing/until.ts";
import { forwardCarried, readCarried } from "./carry.ts";
import type { Session } from "./session.ts";

const BYTES = 375_000;
const DONE = { device: "device-2", name: "王老师", taken: 3, known: 0, aside: 0, done: true };

/** A root that keeps parts; of each request it gets what `gets` lets through. */
class Root {
  readonly sizes: number[] = [];
  readonly whole: number[] = [];
  kept = 0;
  answers = true;
  gets: (bytes: number) => number = (bytes) => bytes;
  end: () => Response | Promise<Response> = () => Response.json(DONE);

  take(path: string, init: RequestInit): Promise<Response> | Response {
    const body = init.body as Uint8Array;
    if (path === "/sync/1/files") {
      this.whole.push(body.length);
      return this.end();
    }
    const headers = init.headers as Record<string, string>;
    const offset = Number(headers["Upload-Offset"]);
    this.sizes.push(body.length);
    if (body.length > 0 && offset !== this.kept) return Response.json({ code: "upload_conflict", retry: "later" }, { status: 409 });
    const got = this.gets(body.length);
    this.kept += got;
    if (got < body.length || !this.answers)
      return new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(new DOMException("too long", "AbortError"))));
    return this.kept === Number(headers["Upload-Length"]) ? this.end() : Response.json({ offset: this.kept });
  }
}

/** Somebody who carries a file. */
async function carrier(bytes = BYTES): Promise<{ app: TestApp; session: Session; root: Root }> {
  const app = makeApp();
  const session = await openPerson(app);
  session.scheduler.stop();
  const root = new Root();
  app.ports.fake.routes.push((path, init) => (path.startsWith("/sync/1/files") ? root.take(path, init) : undefined));
  const record = { file: "f", kind: "transfers", device: "device-2", name: "王老师", madeMs: 1, takenMs: 1, state: "waiting" } as const;
  await putCarried(app.device, { ...record, bytes: new Uint8Array(bytes) });
  return { app, session, root };
}

const stands = async (session: Session) => (await readCarried(session)).map(({ state, going }) => [state, going]);

/** Lets the clock run until the work is done. */
async function overTime(app: TestApp, work: Promise<void>): Promise<void> {
  let isDone = false;
  void work.finally(() => {
    isDone = true;
  });
  await until(() => {
    app.ports.fake.pass(60_000);
    expect(isDone).toBe(true);
  });
  await work;
}

test("a small file goes in one request", async () => {
  const { session, root } = await carrier(20_000);
  await forwardCarried(session);
  expect([root.whole, root.sizes]).toEqual([[20_000], []]);
  expect(await stands(session)).toEqual([["delivered", undefined]]);
  session.close();
});

test("a large one goes in parts that grow, and how far it is is said", async () => {
  const { session, root } = await carrier();
  let seen: unknown;
  root.end = async () => {
    seen = await stands(session);
    return Response.json(DONE);
  };
  await forwardCarried(session);
  expect(root.sizes).toEqual([0, 32_768, 65_536, 131_072, 145_624]);
  expect(seen).toEqual([["waiting", 229_376 / BYTES]]);
  expect(await stands(session)).toEqual([["delivered", undefined]]);
  session.close();
});

test("over a line that dies under everything large it arrives, and nothing that came is sent again", async () => {
  const { app, session, root } = await carrier();
  root.gets = (bytes) => Math.min(bytes, 50_000);
  await overTime(app, forwardCarried(session));
  expect(await stands(session)).toEqual([["delivered", undefined]]);
  expect(root.kept).toBe(BYTES);
  // Too much was sent only once: parts stay as small as the line then proved to need them.
  expect(root.sizes.filter((size) => size > 50_000)).toEqual([65_536]);
  session.close();
});

test("an answer that was lost at the end is asked for, without the file", async () => {
  const { app, session, root } = await carrier();
  root.end = () => {
    root.end = () => Response.json({ ...DONE, taken: 0, known: 3 });
    throw new Error("lost");
  };
  await overTime(app, forwardCarried(session));
  expect(root.sizes.slice(-2)).toEqual([145_624, 0]);
  expect((await readCarried(session))[0]).toMatchObject({ state: "delivered", answer: { known: 3 } });
  session.close();
});

test("a line that lets nothing through is given up in the end, and the file is there for the next", async () => {
  const { app, session, root } = await carrier();
  root.answers = false;
  await overTime(app, forwardCarried(session));
  expect(await stands(session)).toEqual([["waiting", undefined]]);
  root.answers = true;
  await forwardCarried(session);
  expect(await stands(session)).toEqual([["delivered", undefined]]);
  session.close();
});

test("what the root could not take to its end rests, longer each time, unless the person asks", async () => {
  const { app, session } = await carrier(20_000);
  let sent = 0;
  app.ports.fake.routes.unshift(async (path) => {
    if (path !== "/sync/1/files") return undefined;
    sent += 1;
    return Response.json({ taken: 0, known: 0, aside: 0, done: false });
  });
  const minutes = async (count: number): Promise<number> => {
    app.ports.fake.nowMs += count * 60_000;
    await forwardCarried(session, false);
    return sent;
  };
  expect([await minutes(0), await minutes(1), await minutes(8)]).toEqual([1, 1, 1]);
  expect([await minutes(1), await minutes(10), await minutes(10)]).toEqual([2, 2, 3]);
  await forwardCarried(session);
  expect(sent).toBe(4);
  // A clock that was put back by years holds nothing up.
  expect(await minutes(-1_000_000)).toBe(5);
  expect((await readCarried(session))[0]).toMatchObject({ state: "waiting" });
  session.close();
});
