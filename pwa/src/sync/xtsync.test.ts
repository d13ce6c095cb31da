/** Files of the other side are opened, files of any bytes are read or refused. */
import { expect, test } from "vitest";
import golden from "../../../contracts/golden/files.json";
import type { Bytes } from "../domain/bytes.ts";
import { fromBase64url } from "../domain/bytes.ts";
import { isSignedBy } from "../platform/es256.ts";
import { openSealed, seal } from "../platform/hpke.ts";
import { openPartOf, readXtsync, shortName } from "./xtsync.ts";

const { subtle } = crypto;
const KEY = { name: "ECDH", namedCurve: "P-256" } as const;

function bytesOf(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function deviceKeys(): Promise<CryptoKeyPair> {
  return {
    privateKey: await subtle.importKey("pkcs8", bytesOf(golden.device_files_private), KEY, false, ["deriveBits"]),
    publicKey: await subtle.importKey("spki", fromBase64url(golden.device_files_key), KEY, true, []),
  };
}

test("receipts that the root sealed to this device are opened by it, and their signature is the root's", async () => {
  const file = readXtsync(bytesOf(golden.from_root));
  if (file === null) throw new Error("not read");
  expect(file.header.kind).toBe("receipts");
  expect(await isSignedBy(subtle, golden.root_key, file.signed, file.signature)).toBe(true);
  const plain = await openSealed(await deviceKeys(), file.sealed, file.openPart);
  expect(new TextDecoder().decode(plain ?? new Uint8Array())).toBe(golden.plain_of_root);
});

test("another header opens nothing, and another device neither", async () => {
  const file = readXtsync(bytesOf(golden.from_root));
  if (file === null) throw new Error("not read");
  const other = openPartOf({ ...file.header, made: file.header.made + 1 });
  expect(await openSealed(await deviceKeys(), file.sealed, other)).toBeNull();
  const stranger = await subtle.generateKey(KEY, false, ["deriveBits"]);
  expect(await openSealed(stranger, file.sealed, file.openPart)).toBeNull();
});

test("what this phone seals to a key, the key opens", async () => {
  const plain = new TextEncoder().encode("雪中送炭") as Bytes;
  const info = new Uint8Array([1, 2, 3]);
  const sealed = await seal(subtle, golden.device_files_key, plain, info);
  expect(await openSealed(await deviceKeys(), sealed, info)).toEqual(plain);
});

test("one changed byte anywhere is noticed by the signature, or the file is not read at all", async () => {
  const good = bytesOf(golden.from_phone);
  for (let at = 0; at < good.length; at += 37) {
    const bad = good.slice();
    bad[at] = (bad[at] ?? 0) ^ 1;
    const file = readXtsync(bad);
    if (file !== null) expect(await isSignedBy(subtle, golden.device_key, file.signed, file.signature), String(at)).toBe(false);
  }
});

test.each([
  ["nothing", new Uint8Array()],
  ["another file", bytesOf("iVBORw0KGgoAAAANSUhEUg==")],
  ["a beginning", bytesOf(golden.from_phone).slice(0, 200)],
  ["a header without end", new Uint8Array([...new TextEncoder().encode("xuetan-file/1\n"), 255, 255, 255, 255])],
])("%s is no file", (_name, bytes) => {
  expect(readXtsync(bytes as Bytes)).toBeNull();
});

test("a name in a header is short and well-formed", () => {
  expect([...shortName(`\u0000 ${"长".repeat(500)}`)].length).toBeLessThanOrEqual(80);
});
