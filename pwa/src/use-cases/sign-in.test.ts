/** Signing in, the lock, and several people on one phone. */
import { expect, test } from "vitest";
import { changePerson, findPerson, listPeople } from "../db/people.ts";
import { toBase64url, utf8 } from "../domain/bytes.ts";
import { makeFileKeys, openSealed, seal } from "../platform/hpke.ts";
import { saveEntry } from "./journal.ts";
import { signIn, unlock } from "./sign-in.ts";
import { switchPerson } from "./switch-person.ts";
import { app, keys, person, problem, enrolled } from "../testing/signing-in.ts";

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

test("of tries that begin together in several windows none passes the wait that another of them began", async () => {
  await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  await switchPerson(app);
  const told = await Promise.all(["0", "1", "2", "3", "4"].map(async (digit) => await unlock(app, person, `000${digit}`)));
  const codes = told.map((one) => (one.ok ? "in" : one.code));
  expect(codes.sort()).toEqual(["wait", "wait", "wrong_pin", "wrong_pin", "wrong_pin"]);
  expect((await findPerson(app.device, person))?.pin.tries).toBe(3);
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

test("signing in again leaves the key to which answers on their way are sealed", async () => {
  await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  const fileKeys = await makeFileKeys(crypto.subtle);
  await changePerson(app.device, person, (now) => ({ ...now, fileKeys }));
  const spki = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", fileKeys.publicKey)));
  const sealed = await seal(crypto.subtle, spki, utf8("回执"), utf8("header"));
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "5678" })).toMatchObject({ ok: true });
  const record = await findPerson(app.device, person);
  if (record?.fileKeys === undefined) throw new Error("the key is gone");
  expect(new TextDecoder().decode((await openSealed(record.fileKeys, sealed, utf8("header"))) ?? undefined)).toBe("回执");
  await switchPerson(app);
  expect(await unlock(app, person, "5678")).toMatchObject({ ok: true });
});

test("signing in again on another device key keeps what was written and sends it in a new stream", async () => {
  const first = await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  if (!first.ok) throw new Error("not signed in");
  await saveEntry(first.session, { parents: [], text: "写了一半" });
  enrolled.device = "D2";
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
