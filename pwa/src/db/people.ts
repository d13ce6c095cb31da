/** The people of this phone. Owns reading and writing their records; not what is in their databases. */
import type { DeviceDatabase, PersonRecord, PinRecord } from "./device-schema.ts";
import { announce } from "./topics.ts";

/** The one who was open last comes first. */
export async function listPeople(device: DeviceDatabase): Promise<PersonRecord[]> {
  const people = await device.read(["people"], async (tx) => await tx.objectStore("people").getAll());
  return people.sort((left, right) => right.lastOpenedMs - left.lastOpenedMs);
}

export async function findPerson(device: DeviceDatabase, person: string): Promise<PersonRecord | undefined> {
  return await device.read(["people"], async (tx) => await tx.objectStore("people").get(person));
}

/** Who signs in, perhaps again: answers to files of theirs may still be on their way, sealed to the key that they had. */
export async function putPerson(device: DeviceDatabase, record: PersonRecord): Promise<void> {
  await device.write(["people"], async (tx) => {
    const people = tx.objectStore("people");
    const fileKeys = (await people.get(record.person))?.fileKeys;
    await people.put(fileKeys ? { fileKeys, ...record } : record);
  });
  announce(["people"]);
}

/** Reads, changes and writes in one transaction; undefined when the person is not here. */
export async function changePerson(
  device: DeviceDatabase,
  person: string,
  change: (record: PersonRecord) => PersonRecord,
): Promise<PersonRecord | undefined> {
  const changed = await device.write(["people"], async (tx) => {
    const record = await tx.objectStore("people").get(person);
    if (record === undefined) return undefined;
    const next = change(record);
    await tx.objectStore("people").put(next);
    return next;
  });
  announce(["people"]);
  return changed;
}

export async function changePin(device: DeviceDatabase, person: string, change: (pin: PinRecord) => PinRecord): Promise<void> {
  await changePerson(device, person, (record) => ({
    ...record,
    pin: change(record.pin),
  }));
}

/** The phone's key, made once: a repeated enrolment must be the same device. */
export async function getPhoneKeys(device: DeviceDatabase, make: () => Promise<CryptoKeyPair>): Promise<CryptoKeyPair> {
  const found = await device.read(["phone_key"], async (tx) => await tx.objectStore("phone_key").get("phone"));
  if (found !== undefined) return found.keys;
  const made = await make();
  return await device.write(["phone_key"], async (tx) => {
    const other = await tx.objectStore("phone_key").get("phone");
    if (other !== undefined) return other.keys;
    await tx.objectStore("phone_key").put({ key: "phone", keys: made });
    return made;
  });
}

/** After a revocation: the next enrolment is another device. */
export async function dropPhoneKeys(device: DeviceDatabase): Promise<void> {
  await device.write(["phone_key"], async (tx) => {
    await tx.objectStore("phone_key").delete("phone");
  });
}
