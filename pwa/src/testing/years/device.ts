/** What `xuetan-device` and the files carried for others hold on the phone of `person.ts`. Owns the people, their PIN and what is installed. */
import { type CarriedRecord, noteCarried, putCarried } from "../../db/carried.ts";
import { openDeviceDatabase, type PersonRecord } from "../../db/device-schema.ts";
import { toBase64url, utf8 } from "../../domain/bytes.ts";
import { PIN_ITERATIONS, slowHash } from "../../platform/secret-hash.ts";
import { DEVICE } from "./person.ts";
import { TEACHER } from "./server.ts";

export const PIN = "2468";
export const CODE = "ABCDEFGH12";
/** Her private keys may be read while the dump is made; where it is laid down they may not. */
const EXTRACTABLE = true;
const MADE_MS = 1_790_000_000_000;
const { subtle } = crypto;

export async function fillDevice(): Promise<void> {
  const device = openDeviceDatabase();
  const keys = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, EXTRACTABLE, ["sign", "verify"]);
  const teacher = await makeTeacher(keys);
  const manifest = "0".repeat(64);
  const pack = { slug: "why-questions", version: 1, manifest, tier: "text" };
  const stores = ["people", "phone_key", "settings", "packs", "manifests", "downloads", "parts", "keyrings", "pinned_attempts"] as const;
  await device.write(stores, async (tx) => {
    await tx.objectStore("people").put(teacher);
    await tx.objectStore("phone_key").put({ key: "phone", keys });
    const look = { language: "zh-Hans", textSize: 3, theme: "dark", alwaysAskPin: true, yuanPerGb: 29 };
    await tx.objectStore("settings").put({ key: "settings", ...look });
    await tx.objectStore("packs").put({ ...pack, installedMs: MADE_MS });
    await tx.objectStore("manifests").put({ manifest, slug: pack.slug, version: 1, text: '{"slug":"why-questions"}' });
    await tx.objectStore("downloads").put({ ...pack, slug: "stories", state: "paused", bytesDone: 3, bytesTotal: 9 });
    await tx.objectStore("parts").put({ file: "1".repeat(64), offset: 0, bytes: utf8("ice") });
    await tx.objectStore("keyrings").put({ rootKey: "root", version: 4, signed: "{}" });
    await tx.objectStore("pinned_attempts").put({ attempt: "attempt-begun", person: TEACHER, manifest, lesson: "02" });
  });
  device.close();
}

export async function fillCarried(): Promise<void> {
  const device = openDeviceDatabase();
  const file: CarriedRecord = {
    file: "2".repeat(64),
    kind: "transfers",
    device: "phone-of-a-colleague",
    name: "林老师",
    madeMs: MADE_MS,
    takenMs: MADE_MS,
    state: "waiting",
    bytes: utf8("sealed to the root"),
  };
  await putCarried(device, file);
  await putCarried(device, { ...file, file: "3".repeat(64), bytes: utf8("sealed too"), takenMs: MADE_MS + 1 });
  await noteCarried(device, "3".repeat(64), { state: "refused", code: "file_altered" });
  device.close();
}

async function makeTeacher(keys: CryptoKeyPair): Promise<PersonRecord> {
  const salt = utf8("sixteen bytes of");
  return {
    person: TEACHER,
    name: "梅老师",
    roles: ["teacher"],
    timeZone: "Asia/Shanghai",
    language: "zh-Hans",
    device: DEVICE,
    token: "token-of-the-year",
    tokenExpiresMs: MADE_MS,
    keys,
    rootKey: "root",
    rootFileKey: "files",
    fileKeys: await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, EXTRACTABLE, ["deriveBits"]),
    pin: { salt, hash: await slowHash(subtle, PIN, salt, PIN_ITERATIONS), iterations: PIN_ITERATIONS, tries: 2, waitUntilMs: 0 },
    code: { salt, hash: toBase64url(await slowHash(subtle, CODE, salt, PIN_ITERATIONS)) },
    pinSecret: "c2VjcmV0",
    pinResets: 1,
    lastOpenedMs: MADE_MS,
    putAway: true,
  };
}
