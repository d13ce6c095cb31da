/** The way back in for somebody whom the root, put back, no longer knows on their phone. */
import { beforeEach, expect, test } from "vitest";
import { findPerson, listPeople } from "../db/people.ts";
import { app, enrolled, person, problem } from "../testing/signing-in.ts";
import { readEntry, saveEntry } from "./journal.ts";
import { signInAgain } from "./sign-in-again.ts";
import { signIn, unlock } from "./sign-in.ts";
import type { Session } from "./session.ts";
import { switchPerson } from "./switch-person.ts";

let session: Session;

beforeEach(async () => {
  const result = await signIn(app, { code: "18ZWDCGBGG", pin: "1234" });
  if (!result.ok) throw new Error(result.code);
  session = result.session;
});

/** What the server says to the next enrolments. */
function answer(says: () => Response): void {
  app.ports.fake.routes.unshift((path) => (path === "/api/1/enrol" ? says() : undefined));
}

test("the code of a new slip lets the same person in again, as another device; their PIN and their words stay", async () => {
  const saved = await saveEntry(session, { parents: [], text: "只在这里的一篇" });
  if (!saved.ok) throw new Error(saved.code);
  enrolled.device = "D2";
  expect(await signInAgain(session, "18zwd-cgbgg")).toEqual({ ok: true });
  const now = app.session.peek();
  expect(now).toMatchObject({ person: { id: person }, deviceId: "D2" });
  expect(now && (await readEntry(now, saved.entry, "zh-Hans"))?.heads[0]?.text).toBe("只在这里的一篇");
  await switchPerson(app);
  expect(await unlock(app, person, "1234")).toMatchObject({ ok: true });
});

test("what the root never got of another phone is told at this sign-in, too", async () => {
  app.inside.gone.value = false;
  const told = { stream: "s".repeat(22), name: "旧手机", head: 5, count: 2, heard_ms: 1 };
  const route = app.ports.fake.routes[0];
  app.ports.fake.routes.unshift(async (path, init) => {
    const answered = path === "/api/1/enrol" ? await route?.(path, init) : undefined;
    return answered && Response.json({ ...((await answered.json()) as object), unarrived: [told] });
  });
  expect(await signInAgain(session, "18ZWD-CGBGG")).toEqual({ ok: true });
  expect(app.inside.gone.value).toBe(true);
});

test("the code that was used before, and one that nobody knows, are told apart", async () => {
  answer(() => problem(403, "wrong_code", "never"));
  expect(await signInAgain(session, "18ZWD-CGBGG")).toEqual({ ok: false, code: "code_used" });
  expect(await signInAgain(session, "AAAAA-AAAAA")).toEqual({ ok: false, code: "wrong_code" });
  expect(await signInAgain(session, "AAAAA")).toEqual({ ok: false, code: "code_format" });
});

test.each([
  ["赵小兰", "other_person"],
  ["李秀兰", "same_name"],
])("a code of somebody else, %s, adds nobody and changes nothing", async (name, code) => {
  answer(() => Response.json({ person: "another", name, device: "D9", token: "T9" }));
  expect(await signInAgain(session, "AAAAA-AAAAA")).toEqual({ ok: false, code, name });
  expect((await listPeople(app.device)).map((one) => one.person)).toEqual([person]);
  expect(await findPerson(app.device, person)).toMatchObject({ device: "D1", token: "T" });
  expect(app.session.peek()).toBe(session);
});

test("no line, a busy server and too many tries have their own words", async () => {
  const codes = [
    () => problem(503, "busy", "later"),
    () => problem(429, "too_many_attempts", "later"),
    () => problem(403, "code_revoked", "never"),
  ];
  for (const says of codes) {
    answer(says);
    expect(await signInAgain(session, "AAAAA-AAAAA")).toMatchObject({ ok: false });
  }
  app.ports.fake.routes.length = 0;
  expect(await signInAgain(session, "AAAAA-AAAAA")).toEqual({ ok: false, code: "offline" });
});
