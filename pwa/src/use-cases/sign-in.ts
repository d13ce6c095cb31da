/**
 * Signing in with a code, unlocking with a PIN. Owns the order of checks. Invariants: a PIN never opens more than what is
 * on this device; a wrong one costs time, never data; the code and the PIN are kept as salted hashes only.
 */
import { ApiError } from "../api/client.ts";
import { type EnrolAnswer, enrol, makeDeviceKeys } from "../api/sessions.ts";
import { unlessFull } from "../db/database.ts";
import type { PersonRecord, PinRecord } from "../db/device-schema.ts";
import { changePin, dropPhoneKeys, findPerson, getPhoneKeys, listPeople, putPerson } from "../db/people.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { countParts } from "../db/waiting.ts";
import { toBase64url } from "../domain/bytes.ts";
import { DELAY_MS_UNCOUNTED, delayAfterMs, TURN_MS_MAX, waitLeftMs } from "../domain/pin-delay.ts";
import { readCode, readPin } from "../domain/sign-in-code.ts";
import type { Ports } from "../platform/ports.ts";
import { isSame, PIN_ITERATIONS, SALT_BYTES, slowHash } from "../platform/secret-hash.ts";
import { openSession } from "./open-session.ts";
import type { AppCore, Session } from "./session.ts";

export type SignInProblem =
  "wrong_code" | "code_revoked" | "offline" | "pin_format" | "wrong_pin" | "wait" | "too_many_attempts" | "server" | "unknown_person";

export type SignInFailure = { ok: false; code: SignInProblem; waitSeconds?: number };
export type SignInResult = { ok: true; session: Session } | SignInFailure;

export interface PersonOnDevice {
  person: string;
  name: string;
  roles: string[];
  /** True for the person who was open last. */
  last: boolean;
  /** What this person made and the server does not have yet; a count only, never content. */
  waiting: number;
}

/** First sign-in on this device (sets the PIN) or a code for a person who is already here (sets a new PIN). */
export async function signIn(app: AppCore, input: { code: string; pin: string }): Promise<SignInResult> {
  const pin = readPin(input.pin);
  if (pin === null) return { ok: false, code: "pin_format" };
  const code = readCode(input.code);
  if (code === null) return { ok: false, code: "wrong_code" };
  try {
    const record = await makeRecord(app, await enrolPhone(app, code), { code, pin });
    return { ok: true, session: await letIn(app, record) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Behind a portal's page whoever is here already gets in as without a line.
    const online = error.code !== "unreachable" && (error.code !== "not_ours" || error.status >= 429);
    return online ? problemOf(error) : await signInOffline(app, code, pin);
  }
}

/** Opens somebody whom the root has just let in, and has told what it never got of their other phones. */
export async function letIn(app: AppCore, record: PersonRecord): Promise<Session> {
  await putPerson(app.device, record);
  const session = await openSession(app, record);
  session.engine.signedIn();
  if (record.unarrived) app.inside.gone.value = true;
  return session;
}

/** Opens a person who is on this device; no network. */
export async function unlock(app: AppCore, person: string, pin: string): Promise<SignInResult> {
  const record = await findPerson(app.device, person);
  if (record === undefined) return { ok: false, code: "unknown_person" };
  const typed = readPin(pin);
  if (typed === null) return { ok: false, code: "pin_format" };
  const failure = await countTry(app, record);
  if (failure.code === "wait") return failure;
  const hash = await slowHash(app.ports.crypto, typed, record.pin.salt, record.pin.iterations);
  if (!isSame(hash, record.pin.hash)) return failure;
  await changePin(app.device, person, (now) => ({
    ...now,
    tries: 0,
    waitUntilMs: 0,
  })).catch(unlessFull);
  return { ok: true, session: await openSession(app, record) };
}

export async function listPeopleOnDevice(app: AppCore): Promise<PersonOnDevice[]> {
  const people = await listPeople(app.device);
  return await Promise.all(
    people.map(async ({ person, name, roles }, index) => ({
      person,
      name,
      roles,
      last: index === 0,
      waiting: await countOf(app, person),
    })),
  );
}

/** The code of a QR link that this page was opened with, already cleaned from the address bar. */
export function codeFromLink(app: AppCore): string | null {
  return app.inside.codeFromLink;
}

interface Enrolled {
  answer: EnrolAnswer;
  keys: CryptoKeyPair;
}

export async function enrolPhone(app: AppCore, code: string): Promise<Enrolled> {
  const { crypto } = app.ports;
  const attempt = async (): Promise<Enrolled> => {
    const keys = await getPhoneKeys(app.device, async () => await makeDeviceKeys(crypto));
    return { answer: await enrol(app.api, crypto, { code, keys, deviceName: app.inside.page.deviceName() }), keys };
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "device_revoked") throw error;
  }
  // This phone was shut out for this person; a valid code lets it in as another device.
  await dropPhoneKeys(app.device);
  return await attempt();
}

export async function makeRecord(app: AppCore, { answer, keys }: Enrolled, typed: { code: string; pin: string }): Promise<PersonRecord> {
  const salt = app.ports.random.bytes(SALT_BYTES);
  return {
    person: answer.person,
    name: answer.name,
    roles: answer.roles,
    timeZone: answer.time_zone,
    language: answer.language,
    device: answer.device,
    token: answer.token,
    tokenExpiresMs: answer.token_expires_ms,
    keys,
    rootKey: answer.root_key,
    rootFileKey: answer.file_key,
    pin: await makePin(app, typed.pin),
    code: { salt, hash: await hashCode(app, typed.code, salt) },
    pinSecret: answer.pin_secret,
    pinResets: answer.pin_resets,
    unarrived: answer.unarrived,
    lastOpenedMs: app.ports.clock.nowMs(),
  };
}

export async function makePin(app: AppCore, pin: string): Promise<PinRecord> {
  const salt = app.ports.random.bytes(SALT_BYTES);
  return {
    salt,
    hash: await slowHash(app.ports.crypto, pin, salt, PIN_ITERATIONS),
    iterations: PIN_ITERATIONS,
    tries: 0,
    waitUntilMs: 0,
  };
}

/** With no line, the printed code tells which person of this phone is meant; the PIN must be right all the same. */
async function signInOffline(app: AppCore, code: string, pin: string): Promise<SignInResult> {
  for (const record of await listPeople(app.device)) {
    if ((await hashCode(app, code, record.code.salt)) === record.code.hash) return await unlock(app, record.person, pin);
  }
  return { ok: false, code: "offline" };
}

export async function hashCode(app: AppCore, code: string, salt: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64url(await slowHash(app.ports.crypto, code, salt, PIN_ITERATIONS));
}

/** Before a try is judged, so that nobody saves it by closing the page. Answers what it is told when it was wrong; `wait` when it is too early for one. */
export async function countTry(app: AppCore, { person }: PersonRecord): Promise<SignInFailure> {
  const { clock } = app.ports;
  let [leftMs, waitMs] = [0, 0];
  try {
    // Judged where it is counted: of tries that begin together in several windows one passes.
    await changePin(app.device, person, (now) => {
      const nowMs = clock.nowMs();
      leftMs = waitLeftMs(now, nowMs);
      if (leftMs > 0) return now;
      const tries = now.tries + 1;
      waitMs = delayAfterMs(tries);
      return { ...now, tries, waitUntilMs: nowMs + waitMs };
    });
  } catch (error) {
    unlessFull(error);
    waitMs = 0;
    leftMs ||= await takeTurn(app.ports);
  }
  return leftMs > 0 ? fail("wait", leftMs) : fail("wrong_pin", waitMs);
}

/** One at a time on the whole phone, each held. Answers how long to wait when the turn did not come: then nothing was judged. */
async function takeTurn({ locks, timers }: Ports): Promise<number> {
  const pause = (ms: number) => new Promise<void>((resolve) => timers.after(ms, resolve));
  let waitMs = 0;
  await Promise.race([
    locks.exclusive("xuetan-pin", "wait", async () => waitMs || (await pause(DELAY_MS_UNCOUNTED))),
    pause(TURN_MS_MAX).then(() => (waitMs = DELAY_MS_UNCOUNTED)),
  ]);
  return waitMs;
}

function fail(code: SignInProblem, waitMs: number | undefined): SignInFailure {
  return { ok: false, code, ...(waitMs && { waitSeconds: Math.ceil(waitMs / 1000) }) };
}

function problemOf(error: ApiError): SignInResult {
  const known: readonly string[] = ["wrong_code", "code_revoked"];
  if (known.includes(error.code)) return { ok: false, code: error.code as SignInProblem };
  return error.status === 429 ? fail("too_many_attempts", error.retryAfterMs) : fail("server", 0);
}

async function countOf(app: AppCore, person: string): Promise<number> {
  const open = app.inside.session.peek();
  const db = open?.person.id === person ? open.db : openPersonDatabase(person);
  try {
    return (await countParts(db)).work;
  } finally {
    if (db !== open?.db) db.close();
  }
}
