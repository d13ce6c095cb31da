/** Who is on a phone with no space left gets in, reads, and can give what they wrote to somebody; guessing a PIN there costs time as everywhere. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PersonRecord } from "../db/device-schema.ts";
import { prepareDatabase } from "../db/meta.ts";
import { changePerson, findPerson, listPeople } from "../db/people.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { fromBase64url } from "../domain/bytes.ts";
import { codeOf, resetMessage } from "../domain/pin-reset-code.ts";
import { keyedHash } from "../platform/keyed-hash.ts";
import { addPerson, makeApp, openPerson, secondWindow, type TestApp } from "../testing/app.ts";
import { fillDisk } from "../testing/full-disk.ts";
import { listEntries, saveEntry } from "./journal.ts";
import { openLastPerson, openSession } from "./open-session.ts";
import { resetPin } from "./reset-pin.ts";
import { unlock } from "./sign-in.ts";
import { switchPerson } from "./switch-person.ts";
import { until } from "../testing/until.ts";

let makeRoom: () => void = () => undefined;

beforeEach(() => {
  // The engine says that it stopped.
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  makeRoom();
  vi.restoreAllMocks();
});

const SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/** Was on this phone before, and is not in. */
async function someone(change: Partial<PersonRecord> = {}): Promise<{ app: TestApp; person: string }> {
  const app = makeApp();
  const { person, device } = await addPerson(app, change);
  const db = openPersonDatabase(person);
  await prepareDatabase(db, person, device, app.ports.random);
  db.close();
  return { app, person };
}

test("the only person is in at the start, and reads what they wrote", async () => {
  const app = makeApp();
  const first = await openPerson(app);
  await saveEntry(first, { parents: [], text: "写在空间满之前" });
  first.close();
  app.inside.session.value = null;
  makeRoom = fillDisk();
  await openLastPerson(app, await listPeople(app.device));
  const session = app.session.peek();
  expect(session?.person.id).toBe(first.person.id);
  if (session !== null) expect((await listEntries(session, "zh-Hans")).map(({ excerpt }) => excerpt)).toEqual(["写在空间满之前"]);
});

test("another failure of the storage than a full one still stands in the way", async () => {
  const { app, person } = await someone();
  const record = await findPerson(app.device, person);
  if (record === undefined) throw new Error("nobody is here");
  app.device.close();
  await expect(openSession(app, record)).rejects.toMatchObject({ code: "closed" });
});

test("the phone can be handed on all the same, and the next person is let in", async () => {
  const { app, person } = await someone();
  const first = await openPerson(app);
  makeRoom = fillDisk();
  await switchPerson(app);
  expect(app.session.peek()).toBeNull();
  expect(app.inside.page.unlocked()).toBeNull();
  await openLastPerson(app, await listPeople(app.device));
  expect(app.session.peek()).toBeNull();
  const record = await findPerson(app.device, person);
  if (record !== undefined) await openSession(app, record);
  expect(app.session.peek()?.person.id).toBe(person);
  expect(person).not.toBe(first.person.id);
});

test("handing it on closes the person in every window", async () => {
  const app = makeApp();
  const { person } = await openPerson(app);
  const other = secondWindow(app);
  await openLastPerson(other, await listPeople(app.device));
  expect(other.session.peek()?.person.id).toBe(person.id);
  makeRoom = fillDisk();
  await switchPerson(app);
  await until(() => expect(other.session.peek()).toBeNull());
  expect(other.inside.page.unlocked()).toBeNull();
});

test("whoever got in there stays in when there is room again", async () => {
  const { app, person } = await someone({ putAway: true });
  const record = await findPerson(app.device, person);
  if (record === undefined) throw new Error("nobody is here");
  makeRoom = fillDisk();
  const session = await openSession(app, record);
  makeRoom();
  await changePerson(app.device, person, (now) => ({ ...now, tokenExpiresMs: 1 }));
  await saveEntry(session, { parents: [], text: "还在写" });
  expect(app.session.peek()).toBe(session);
});

describe("the PIN on a full phone", () => {
  /** What a try is told; undefined while it is told nothing. */
  function trying(work: Promise<{ ok: boolean; code?: string }>): { told: string | undefined } {
    const seen: { told: string | undefined } = { told: undefined };
    void work.then((result) => (seen.told = result.ok ? "in" : result.code));
    return seen;
  }
  /** One is held, and each of so many has a bound on waiting for its turn. */
  const held = async (app: TestApp, tries: number) => await until(() => expect(app.ports.fake.timers).toBe(1 + tries));

  test("opens when it is right", async () => {
    const { app, person } = await someone();
    makeRoom = fillDisk();
    const right = trying(unlock(app, person, "1234"));
    await held(app, 1);
    app.ports.fake.pass(10_000);
    await until(() => expect(right.told).toBe("in"));
    expect(app.session.peek()?.person.id).toBe(person);
  });

  test("takes as long to say yes as to say no, since a try that cannot be counted would else be free", async () => {
    for (const pin of ["1234", "0000"]) {
      const { app, person } = await someone();
      makeRoom = fillDisk();
      const one = trying(unlock(app, person, pin));
      await held(app, 1);
      app.ports.fake.pass(9_000);
      await held(app, 1);
      expect(one.told).toBeUndefined();
      app.ports.fake.pass(1_000);
      await until(() => expect(one.told).toBe(pin === "1234" ? "in" : "wrong_pin"));
      makeRoom();
    }
  });

  test("is tried one at a time, in however many windows", async () => {
    const { app, person } = await someone();
    makeRoom = fillDisk();
    const tries = ["0000", "1111", "2222"].map((pin) => trying(unlock(app, person, pin)));
    const told = () => tries.filter((one) => one.told !== undefined).length;
    for (const before of [0, 1, 2]) {
      await held(app, 3);
      expect(told()).toBe(before);
      app.ports.fake.pass(10_000);
      await until(() => expect(told()).toBe(before + 1));
    }
  });

  test("is not judged while another window keeps its turn asleep, which is told after a minute", async () => {
    const { app, person } = await someone();
    makeRoom = fillDisk();
    let wake: () => void = () => undefined;
    const asleep = app.ports.locks.exclusive("xuetan-pin", "wait", async () => await new Promise<void>((resolve) => (wake = resolve)));
    const right = unlock(app, person, "1234");
    await until(() => expect(app.ports.fake.timers).toBe(1));
    app.ports.fake.pass(60_000);
    expect(await right).toEqual({ ok: false, code: "wait", waitSeconds: 10 });
    expect(app.session.peek()).toBeNull();
    wake();
    await asleep;
    const again = trying(unlock(app, person, "1234"));
    await held(app, 1);
    app.ports.fake.pass(10_000);
    await until(() => expect(again.told).toBe("in"));
  });

  test("has to wait what was to be waited before the phone was full", async () => {
    const { app, person } = await someone();
    for (let tries = 0; tries < 3; tries += 1) await unlock(app, person, "0000");
    makeRoom = fillDisk();
    expect(await unlock(app, person, "1234")).toEqual({ ok: false, code: "wait", waitSeconds: 5 });
  });

  test("is not reset, and the code that was read out is good when there is room", async () => {
    const { app, person } = await someone({ pinSecret: SECRET, pinResets: 0 });
    const code = codeOf(1, await keyedHash(crypto.subtle, fromBase64url(SECRET), resetMessage(person, 1)));
    makeRoom = fillDisk();
    const reset = expect(resetPin(app, { person, code, pin: "9999" })).rejects.toMatchObject({ code: "full" });
    await held(app, 1);
    app.ports.fake.pass(10_000);
    await reset;
    makeRoom();
    expect(await resetPin(app, { person, code, pin: "9999" })).toMatchObject({ ok: true });
  });
});

test("a try is counted before it is judged: a page that is closed while it thinks had one try less", async () => {
  const { app, person } = await someone();
  let counted: number | undefined;
  vi.spyOn(app.ports.crypto, "deriveBits").mockImplementationOnce(async () => {
    counted = (await findPerson(app.device, person))?.pin.tries;
    throw new Error("the page was closed");
  });
  await expect(unlock(app, person, "1234")).rejects.toThrow("closed");
  expect(counted).toBe(1);
  expect(await unlock(app, person, "1234")).toMatchObject({ ok: true });
  expect((await findPerson(app.device, person))?.pin.tries).toBe(0);
});
