/** A carried file over a weak line: it is given the time that it takes, is said to be going meanwhile, and costs nothing while it would be in vain. */
import { expect, test } from "vitest";
import { putCarried } from "../db/carried.ts";
import { makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { until } from "../testing/until.ts";
import { forwardCarried, readCarried } from "./carry.ts";
import type { Session } from "./session.ts";

const BYTES = 375_000;

/** Somebody who carries a file over a line on which nothing has come through yet. */
async function carrier(): Promise<{ app: TestApp; session: Session; answer: (response: Response) => void }> {
  const app = makeApp();
  const session = await openPerson(app);
  session.scheduler.stop();
  let answer: (response: Response) => void = () => undefined;
  app.ports.fake.routes.push((path, init) => {
    if (path !== "/sync/1/files") return undefined;
    return new Promise<Response>((resolve, reject) => {
      answer = resolve;
      init.signal?.addEventListener("abort", () => reject(new DOMException("too long", "AbortError")));
    });
  });
  const record = { file: "f", kind: "transfers", device: "device-2", name: "王老师", madeMs: 1, takenMs: 1, state: "waiting" } as const;
  await putCarried(app.device, { ...record, bytes: new Uint8Array(BYTES) });
  return { app, session, answer: (response) => answer(response) };
}

const stands = async (session: Session) => (await readCarried(session)).map(({ state, isGoing }) => [state, isGoing]);

test("a file that takes minutes arrives", async () => {
  const { app, session, answer } = await carrier();
  const done = forwardCarried(session);
  await until(async () => expect(await stands(session)).toEqual([["waiting", true]]));
  await until(() => expect(app.ports.fake.asked).toContain("/sync/1/files"));
  app.ports.fake.pass(400_000);
  expect(await stands(session)).toEqual([["waiting", true]]);
  answer(Response.json({ taken: 3, known: 0, aside: 0, done: true }));
  await done;
  expect(await stands(session)).toEqual([["delivered", false]]);
  session.close();
});

test("a line that lets nothing through is given up in the end, and the file is there for the next", async () => {
  const { app, session } = await carrier();
  const done = forwardCarried(session);
  await until(() => expect(app.ports.fake.asked).toContain("/sync/1/files"));
  app.ports.fake.pass(60_000 + BYTES);
  await done;
  expect(await stands(session)).toEqual([["waiting", false]]);
  session.close();
});

test("what the root could not take to its end rests, longer each time, unless the person asks", async () => {
  const { app, session } = await carrier();
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
