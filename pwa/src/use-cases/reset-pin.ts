/**
 * A forgotten PIN: a new one is set when the trainer let it, by a row that the server wrote or by a code that was read out. Owns the order of
 * checks. Invariants: each reset is taken once, and none that is not above the last taken; a wrong code costs time, never data; nothing here
 * opens or reads the words of anybody else.
 */
import type { PersonRecord } from "../db/device-schema.ts";
import { getStatus } from "../db/meta.ts";
import { changePerson, findPerson } from "../db/people.ts";
import { openPersonDatabase, type PersonDatabase } from "../db/person-schema.ts";
import { readRows } from "../db/rows.ts";
import { fromBase64url, utf8 } from "../domain/bytes.ts";
import { codeOf, numberOfCode, readResetCode, resetMessage } from "../domain/pin-reset-code.ts";
import { readPin } from "../domain/sign-in-code.ts";
import { keyedHash } from "../platform/keyed-hash.ts";
import { isSame } from "../platform/secret-hash.ts";
import { openSession } from "./open-session.ts";
import type { AppCore, Session } from "./session.ts";
import { countTry, makePin, type SignInResult } from "./sign-in.ts";
import { syncPerson } from "./sync-person.ts";

export interface PinGrant {
  number: number;
  byName: string;
}

export type ResetResult = SignInResult | { ok: false; code: "reset_code"; waitSeconds?: number };

/** What the server let this person do, as far as this phone knows; null when nothing is open. */
export async function findPinGrant(app: AppCore, person: string): Promise<PinGrant | null> {
  const db = openPersonDatabase(person);
  try {
    return await grantIn(db, await findPerson(app.device, person));
  } finally {
    db.close();
  }
}

export async function nameOnPhone(app: AppCore, person: string): Promise<string> {
  return (await findPerson(app.device, person))?.name ?? "";
}

/** By what the trainer's page tells this phone from another of the person: its name there, and when it last spoke with the server. */
export async function describePhone(app: AppCore, person: string): Promise<{ name: string; lastSyncMs?: number }> {
  const record = await findPerson(app.device, person);
  const db = openPersonDatabase(person);
  try {
    // The name that it was given when it was enrolled; what the browser calls itself may have changed since.
    const enrolled = (await readRows(db, "device")).find(({ key }) => key === record?.device)?.body.name;
    const { lastSyncMs } = await db.read(["meta"], getStatus);
    return { name: enrolled ?? app.inside.page.deviceName(), ...(lastSyncMs === undefined ? {} : { lastSyncMs }) };
  } finally {
    db.close();
  }
}

/** Asks the server, under the person's own credential; what waits goes out on the way. With no network it says at once what is known. */
export async function askForPinGrant(app: AppCore, person: string): Promise<PinGrant | null> {
  if (app.ports.connectivity.isOnline()) await syncPerson(app.device, person, app.ports, app.inside.version);
  return await findPinGrant(app, person);
}

/** `code`: what was read out; not looked at where the server's row lets it. */
export async function resetPin(app: AppCore, input: { person: string; code: string; pin: string }): Promise<ResetResult> {
  const record = await findPerson(app.device, input.person);
  if (record === undefined) return { ok: false, code: "unknown_person" };
  const pin = readPin(input.pin);
  if (pin === null) return { ok: false, code: "pin_format" };
  const number = (await findPinGrant(app, record.person))?.number ?? (await numberProven(app, record, input.code));
  if (typeof number !== "number") return number;
  const fresh = await makePin(app, pin);
  // Compared again inside the transaction: of two tabs with one code one sets a PIN.
  let taken = false;
  const changed = await changePerson(app.device, record.person, (now) => {
    taken = number > (now.pinResets ?? 0);
    return taken ? { ...now, pin: fresh, pinResets: number } : now;
  });
  return taken && changed !== undefined ? { ok: true, session: await openSession(app, changed) } : { ok: false, code: "reset_code" };
}

/** Whoever came in with their PIN needs no reset any more: what was open until now is used up. */
export async function endPinGrants(session: Session): Promise<void> {
  const { device } = session.app;
  try {
    const grant = await grantIn(session.db, await findPerson(device, session.person.id));
    if (grant === null) return;
    await changePerson(device, session.person.id, (now) => ({ ...now, pinResets: Math.max(now.pinResets ?? 0, grant.number) }));
  } catch (error) {
    // The person was closed meanwhile; the next time they come in does it.
    console.warn("a PIN reset could not be ended", error);
  }
}

async function grantIn(db: PersonDatabase, record: PersonRecord | undefined): Promise<PinGrant | null> {
  const used = record?.pinResets ?? 0;
  const rows = await readRows(db, "pin_reset");
  const open = rows.filter(({ key, body }) => key === record?.person && body.number > used);
  const [newest] = open.sort((left, right) => right.body.number - left.body.number);
  return newest === undefined ? null : { number: newest.body.number, byName: newest.body.by_name };
}

async function numberProven(app: AppCore, record: PersonRecord, typed: string): Promise<number | ResetResult> {
  const code = readResetCode(typed);
  if (code === null || record.pinSecret === undefined) return { ok: false, code: "reset_code" };
  const failure = await countTry(app, record);
  if (failure.code === "wait") return failure;
  const number = numberOfCode(code, record.pinResets ?? 0);
  const proof = await keyedHash(app.ports.crypto, fromBase64url(record.pinSecret), resetMessage(record.person, number));
  if (isSame(utf8(codeOf(number, proof)), utf8(code))) return number;
  return { ...failure, code: "reset_code" };
}
