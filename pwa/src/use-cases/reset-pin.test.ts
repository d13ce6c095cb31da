/** A forgotten PIN on a phone of two people: a row or a code lets the right one in, once, and nobody's work is touched. */
import { beforeEach, expect, test } from "vitest";
import golden from "../../../contracts/golden/pin_resets.json";
import { findPerson } from "../db/people.ts";
import { fromBase64url } from "../domain/bytes.ts";
import { codeOf, numberOfCode, readResetCode, resetMessage } from "../domain/pin-reset-code.ts";
import { keyedHash } from "../platform/keyed-hash.ts";
import { ProtocolServer } from "../sync/testing/protocol-server.ts";
import { addPerson, makeApp, type TestApp } from "../testing/app.ts";
import { listEntries, saveEntry } from "./journal.ts";
import { openSession } from "./open-session.ts";
import { askForPinGrant, describePhone, endPinGrants, findPinGrant, resetPin } from "./reset-pin.ts";
import { listPeopleOnDevice, unlock } from "./sign-in.ts";
import { switchPerson } from "./switch-person.ts";

const SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

let app: TestApp;
let server: ProtocolServer;
let person: string;
let colleague: string;
let asked: string[];
let made = 0;

beforeEach(async () => {
  made += 1;
  [person, colleague] = [`forgetful-${made}`, `colleague-${made}`];
  asked = [];
  app = makeApp();
  server = new ProtocolServer();
  for (const one of [person, colleague]) for (const scope of [`u:${one}`, `p:${one}`]) server.addMember(scope, one, "owner");
  app.ports.fake.routes.push(async (path, init) => {
    if (path !== "/sync/1") return undefined;
    const by = new Headers(init.headers).get("authorization")?.replace("Bearer ", "") ?? "";
    asked.push(by);
    return Response.json(await server.handle(init.body as Uint8Array<ArrayBuffer>, { person: by, device: `device-${by}` }));
  });
  for (const one of [person, colleague]) {
    const record = await addPerson(app, { person: one, token: one, device: `device-${one}`, pinSecret: SECRET, pinResets: 0 });
    const session = await openSession(app, record);
    await saveEntry(session, { parents: [], text: `${one}写的` });
    await switchPerson(app);
  }
});

async function code(number: number): Promise<string> {
  return codeOf(number, await keyedHash(crypto.subtle, fromBase64url(SECRET), resetMessage(person, number)));
}

test("the phone says what tells it from another on the trainer's page, and opens nobody for it", async () => {
  const { person: other } = await addPerson(app, { person: `never-online-${made}` });
  expect(await describePhone(app, other)).toEqual({ name: "test phone" });
  app.ports.fake.nowMs += 60_000;
  await askForPinGrant(app, person);
  expect(await describePhone(app, person)).toEqual({ name: "test phone", lastSyncMs: app.ports.fake.nowMs });
  expect(app.session.peek()).toBeNull();
});

test("a phone has the name that the server was told, whatever the browser calls itself today", async () => {
  const told = (device: string, name: string) =>
    server.appendRow(`p:${person}`, "device", device, { name, enrolled_ms: 0, revoked: false });
  told("another", "Windows · Edge");
  told(`device-${person}`, "Android · Chrome");
  await askForPinGrant(app, person);
  expect((await describePhone(app, person)).name).toBe("Android · Chrome");
});

function letIn(number: number): void {
  server.appendRow(`p:${person}`, "pin_reset", person, { number, by_name: "周敏", made_ms: 0 });
}

test.each(golden.codes)("reset $number has the code that the server reckons", async ({ secret, person: whose, number, code: expected }) => {
  expect(codeOf(number, await keyedHash(crypto.subtle, fromBase64url(secret), resetMessage(whose, number)))).toBe(expected);
  expect(numberOfCode(expected, number - 1)).toBe(number);
  expect(numberOfCode(expected, number - 32)).toBe(number);
});

test("a code is read however it is typed", () => {
  expect(readResetCode(" abcd-1olI ２345 ")).toBe("ABCD10112345");
  for (const typed of ["", "ABCD-1234", "ABCD-1234-567U", "ABCD-1234-56789"]) expect(readResetCode(typed)).toBeNull();
});

test("a code that was read out sets a new PIN with no line, once, and the old PIN is over", async () => {
  app.ports.fake.routes.length = 0;
  const typed = (await code(1)).toLowerCase().replace(/(.{4})/g, "$1 ");
  expect(await resetPin(app, { person, code: typed, pin: "9999" })).toMatchObject({ ok: true, session: { person: { id: person } } });
  await switchPerson(app);
  expect(await unlock(app, person, "1234")).toMatchObject({ ok: false, code: "wrong_pin" });
  expect(await unlock(app, person, "9999")).toMatchObject({ ok: true });
  await switchPerson(app);
  expect(await resetPin(app, { person, code: typed, pin: "7777" })).toMatchObject({ ok: false, code: "reset_code" });
});

test("a later code ends the earlier ones", async () => {
  await resetPin(app, { person, code: await code(3), pin: "9999" });
  await switchPerson(app);
  for (const number of [1, 2, 3])
    expect(await resetPin(app, { person, code: await code(number), pin: "7777" })).toMatchObject({ ok: false });
  expect((await findPerson(app.device, person))?.pinResets).toBe(3);
});

test("a code opens the person it was made for and nobody else", async () => {
  expect(await resetPin(app, { person: colleague, code: await code(1), pin: "9999" })).toMatchObject({ ok: false, code: "reset_code" });
  expect(await unlock(app, colleague, "1234")).toMatchObject({ ok: true });
});

test("guessing costs growing time, and a right code must wait like any other", async () => {
  for (let tries = 0; tries < 3; tries += 1) await resetPin(app, { person, code: "0000-0000-0000", pin: "9999" });
  expect(await resetPin(app, { person, code: await code(1), pin: "9999" })).toMatchObject({ ok: false, code: "wait", waitSeconds: 5 });
  app.ports.fake.pass(6_000);
  expect(await resetPin(app, { person, code: await code(1), pin: "9999" })).toMatchObject({ ok: true });
});

test("the server's row lets the person set a PIN, asked for under their own name while nobody is in", async () => {
  asked = [];
  expect(await askForPinGrant(app, person)).toBeNull();
  letIn(1);
  expect(await askForPinGrant(app, person)).toEqual({ number: 1, byName: "周敏" });
  expect(new Set(asked)).toEqual(new Set([person]));
  expect(await findPinGrant(app, colleague)).toBeNull();
  expect(await resetPin(app, { person, code: "", pin: "9999" })).toMatchObject({ ok: true });
  expect(await findPinGrant(app, person)).toBeNull();
});

test("with no network a phone says at once what it knows and asks nobody", async () => {
  app.ports.fake.online = false;
  asked = [];
  letIn(1);
  expect(await askForPinGrant(app, person)).toBeNull();
  expect(asked).toEqual([]);
});

test("a row whose number was taken by its code lets nobody in again", async () => {
  await resetPin(app, { person, code: await code(1), pin: "9999" });
  await switchPerson(app);
  letIn(1);
  expect(await askForPinGrant(app, person)).toBeNull();
});

test("who came in with the PIN after all leaves no reset open for others", async () => {
  letIn(1);
  await askForPinGrant(app, person);
  const opened = await unlock(app, person, "1234");
  if (!opened.ok) throw new Error(opened.code);
  await endPinGrants(opened.session);
  expect(await findPinGrant(app, person)).toBeNull();
});

test("nobody's unsent work is lost or read by another's reset; others see a count", async () => {
  app.ports.fake.routes.length = 0;
  const result = await resetPin(app, { person, code: await code(1), pin: "9999" });
  if (!result.ok) throw new Error(result.code);
  expect((await listEntries(result.session, "zh-Hans")).map(({ excerpt }) => excerpt)).toEqual([`${person}写的`]);
  const shown = await listPeopleOnDevice(app);
  expect(shown.map(({ waiting }) => waiting)).toEqual([1, 1]);
  expect(JSON.stringify(shown)).not.toContain("写的");
  await switchPerson(app);
  const other = await unlock(app, colleague, "1234");
  if (!other.ok) throw new Error(other.code);
  expect((await listEntries(other.session, "zh-Hans")).map(({ excerpt }) => excerpt)).toEqual([`${colleague}写的`]);
});

test("wrong forms are told before anything is tried", async () => {
  expect(await resetPin(app, { person, code: await code(1), pin: "12" })).toMatchObject({ ok: false, code: "pin_format" });
  expect(await resetPin(app, { person: "nobody", code: "", pin: "9999" })).toMatchObject({ ok: false, code: "unknown_person" });
  expect((await findPerson(app.device, person))?.pin.tries).toBe(0);
});
