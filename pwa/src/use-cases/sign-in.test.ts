/** Signing in, the lock, and several people on one phone. */
import { beforeEach, describe, expect, test } from "vitest";
import { listPeople } from "../db/people.ts";
import { addPerson, makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { saveEntry } from "./journal.ts";
import { forgetGone, lacking, readGone } from "./gone.ts";
import { isSomethingGone } from "./markers.ts";
import { openLastPerson, openSession } from "./open-session.ts";
import { listPeopleOnDevice, signIn, unlock } from "./sign-in.ts";
import { switchPerson } from "./switch-person.ts";

let app: TestApp;
let keys: string[];
let person: string;
let device: string;

beforeEach(() => {
  app = makeApp();
  keys = [];
  person = `signing-${performance.now()}`;
  device = "D1";
  app.ports.fake.routes.push((path, init) => {
    if (path !== "/api/1/enrol") return undefined;
    const body = JSON.parse(String(init.body)) as {
      code: string;
      public_key: string;
    };
    keys.push(body.public_key);
    if (body.code !== "18ZWDCGBGG") return problem(403, "wrong_code", "never");
    return Response.json({
      person,
      name: "李秀兰",
      roles: ["teacher"],
      device,
      token: "T",
      token_expires_ms: 1,
      epoch: "e",
      root_key: "root",
      time_zone: "Asia/Shanghai",
      language: "zh-Hans",
      server_ms: 0,
    });
  });
});

test("a code as it is typed opens the person, whose key cannot be exported", async () => {
  const result = await signIn(app, {
    code: " l8zwd-cgbgg ".toUpperCase(),
    pin: "１２３４",
  });
  expect(result).toMatchObject({
    ok: true,
    session: { person: { name: "李秀兰" } },
  });
  const [record] = await listPeople(app.device);
  expect(record?.keys.privateKey.extractable).toBe(false);
  expect(JSON.stringify(record)).not.toContain("1234");
  expect(app.session.value?.person.id).toBe(person);
});

test("wrong forms are told before anything is sent", async () => {
  expect(await signIn(app, { code: "18ZWD-CGBGG", pin: "12" })).toEqual({
    ok: false,
    code: "pin_format",
  });
  expect(await signIn(app, { code: "18ZWD", pin: "1234" })).toEqual({
    ok: false,
    code: "wrong_code",
  });
  expect(keys).toEqual([]);
});

test("a wrong code, a busy server and too many tries have their own words", async () => {
  expect(await signIn(app, { code: "AAAAAAAAAA", pin: "1234" })).toEqual({
    ok: false,
    code: "wrong_code",
  });
  app.ports.fake.routes.unshift(() => problem(429, "too_many_attempts", "later", "30"));
  expect(await signIn(app, { code: "AAAAAAAAAA", pin: "1234" })).toEqual({
    ok: false,
    code: "too_many_attempts",
    waitSeconds: 30,
  });
  app.ports.fake.routes[0] = () => new Response("<html>", { status: 502 });
  expect(await signIn(app, { code: "AAAAAAAAAA", pin: "1234" })).toEqual({
    ok: false,
    code: "server",
  });
});

test("an enrolment whose answer was lost is repeated with the same key; another person of the phone has it too", async () => {
  const [route] = app.ports.fake.routes;
  app.ports.fake.routes[0] = async (path, init) => {
    await route?.(path, init);
    throw new TypeError("Failed to fetch");
  };
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "1234" })).toEqual({
    ok: false,
    code: "offline",
  });
  if (route !== undefined) app.ports.fake.routes[0] = route;
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "1234" })).toMatchObject({
    ok: true,
  });
  expect(new Set(keys).size).toBe(1);
});

test("a phone that was shut out comes back with its code, as another device with another key", async () => {
  app.ports.fake.routes.unshift((path) =>
    path === "/api/1/enrol" && keys.push("shut out") === 1 ? problem(401, "device_revoked", "after_sign_in") : undefined,
  );
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "1234" })).toMatchObject({
    ok: true,
  });
});

test("with no line the code of somebody who is here opens with the PIN, and with no other", async () => {
  await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  await switchPerson(app);
  app.ports.fake.routes.length = 0;
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "9999" })).toEqual({
    ok: false,
    code: "wrong_pin",
  });
  expect(await signIn(app, { code: "AAAAAAAAAA", pin: "1234" })).toEqual({
    ok: false,
    code: "offline",
  });
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "1234" })).toMatchObject({
    ok: true,
  });
});

test("signing in again on another device key keeps what was written and sends it in a new stream", async () => {
  const first = await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  if (!first.ok) throw new Error("not signed in");
  await saveEntry(first.session, { parents: [], text: "写了一半" });
  device = "D2";
  const second = await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  if (!second.ok) throw new Error("not signed in");
  const streams = await second.session.db.read(["streams"], async (tx) => await tx.objectStore("streams").getAll());
  expect(streams.find((stream) => stream.limit === undefined)).toMatchObject({
    device: "D2",
    next: 1,
  });
  expect(streams.find((stream) => stream.limit !== undefined)).toMatchObject({
    device: "D1",
    limit: 0,
  });
});

describe("the PIN", () => {
  test("costs time when it is wrong, growing, and never data", async () => {
    const { person: id } = await addPerson(app);
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 6; round += 1) {
      const result = await unlock(app, id, "0000");
      waits.push(result.ok ? undefined : (result.waitSeconds ?? 0));
      expect(await unlock(app, id, "1234")).toMatchObject(round < 2 ? { ok: true } : { ok: false, code: "wait" });
      if (round < 2) await noteTries(id, round + 1);
      app.ports.fake.nowMs += 1000 * (result.ok ? 0 : (result.waitSeconds ?? 0));
    }
    expect(waits).toEqual([0, 0, 5, 10, 20, 40]);
    expect(await unlock(app, id, "1234")).toMatchObject({ ok: true });
  });

  test("is not asked at the start with one person, unless that is wanted", async () => {
    await addPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).not.toBeNull();
    app.inside.session.value = null;
    app.inside.page.rememberUnlocked(null);
    app.inside.settings.value = {
      ...app.inside.settings.value,
      alwaysAskPin: true,
    };
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
  });

  test("is asked after the phone was handed on, even with one person, until that person is back", async () => {
    const { person: id } = await addPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    await switchPerson(app);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
    expect(await unlock(app, id, "1234")).toMatchObject({ ok: true });
    app.inside.session.value = null;
    app.inside.page.rememberUnlocked(null);
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.peek()?.person.id).toBe(id);
  });

  test("is asked with two people, but not after a reload of a tab that was let in", async () => {
    const { person: id } = await addPerson(app);
    await addPerson(app, { name: "王老师" });
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.value).toBeNull();
    await unlock(app, id, "1234");
    app.inside.session.value = null;
    await openLastPerson(app, await listPeople(app.device));
    expect(app.session.peek()?.person.id).toBe(id);
  });

  /** A right try forgets the wrong ones; this test wants them in a row. */
  async function noteTries(id: string, tries: number): Promise<void> {
    await app.device.write(["people"], async (tx) => {
      const record = await tx.objectStore("people").get(id);
      if (record !== undefined) await tx.objectStore("people").put({ ...record, pin: { ...record.pin, tries } });
    });
  }
});

test("others of the phone are seen with a count, never with content", async () => {
  const session = await openPerson(app);
  await saveEntry(session, { parents: [], text: "只有我能看" });
  await switchPerson(app);
  const people = await listPeopleOnDevice(app);
  expect(people).toMatchObject([{ name: "林老师", waiting: 1, last: true }]);
  expect(JSON.stringify(people)).not.toContain("只有我能看");
});

test("a store that the browser cleared is told with its number until it was read", async () => {
  const session = await openPerson(app);
  await saveEntry(session, { parents: [], text: "一" });
  await saveEntry(session, { parents: [], text: "二" });
  await expect.poll(() => app.ports.fake.marker).toContain('"waiting":2');
  expect(isSomethingGone(app.ports.markers, await listPeople(app.device))).toBe(false);
  expect(await readGone(app)).toEqual([]);
  const cleared = { ...app, device: makeApp().device };
  expect(isSomethingGone(app.ports.markers, [])).toBe(true);
  expect(await readGone(cleared)).toEqual([{ name: "林老师", back: 0, lost: 2, cleared: true }]);
  await forgetGone(app);
  expect(await readGone(cleared)).toEqual([{ name: "林老师", back: 0, lost: 2, cleared: true }]);
  await forgetGone(cleared);
  expect(isSomethingGone(app.ports.markers, [])).toBe(false);
  app.ports.fake.marker = "not json";
  expect(await readGone(cleared)).toEqual([]);
});

test("a store that came back in an older state is told with what the server has and what never arrived", async () => {
  const record = await addPerson(app);
  const marker = { name: record.name, waiting: 2, held: 6 };
  app.ports.fake.marker = JSON.stringify({ [record.person]: marker, else: { name: "王老师", waiting: 1, held: 4 } });
  await openSession(app, record);
  await expect.poll(() => app.inside.gone.value).toBe(true);
  await expect
    .poll(async () => await readGone(app))
    .toEqual([
      { name: "林老师", back: 4, lost: 2, cleared: true },
      { name: "王老师", back: 3, lost: 1, cleared: true },
    ]);
  await forgetGone(app);
  expect(app.inside.gone.value).toBe(false);
  expect(isSomethingGone(app.ports.markers, await listPeople(app.device))).toBe(false);
});

test.each([
  [
    { held: 5, waiting: 0, found: 0 },
    { back: 5, lost: 0, cleared: true },
  ],
  [
    { held: 5, waiting: 4, found: 3 },
    { back: 0, lost: 2, cleared: false },
  ],
  [
    { held: 5, waiting: 1, found: 3 },
    { back: 1, lost: 1, cleared: false },
  ],
  [
    { held: 5, waiting: 3, found: 2 },
    { back: 0, lost: 3, cleared: false },
  ],
])("%j: gone is %j", (seen, gone) => {
  expect(lacking(seen)).toEqual(gone);
});

function problem(status: number, code: string, retry: string, retryAfter?: string): Response {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  return Response.json({ code, message: "", retry, details: {}, request_id: "" }, { status, headers });
}
