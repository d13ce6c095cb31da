/**
 * Has the phone's own code make the file of contracts/golden/files.json that the server's tests open: `node tools/make-golden-file.mjs`. Sealing
 * is never twice the same, so it is run when the format changes, not in every check.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fromBase64url, join } from "../src/domain/bytes.ts";
import { h16 } from "../src/domain/hash.ts";
import { digest } from "../src/platform/compression.ts";
import { signMessage } from "../src/platform/es256.ts";
import { seal } from "../src/platform/hpke.ts";
import { joinFile, openPartOf } from "../src/sync/xtsync.ts";

const place = new URL("../../contracts/golden/files.json", import.meta.url);
const golden = JSON.parse(readFileSync(place, "utf8"));
const { subtle } = globalThis.crypto;
/** @param {string} text */
const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const key = await subtle.importKey("pkcs8", bytesOf(golden.device_private), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const openPart = openPartOf({
  v: 1,
  kind: "transfers",
  key: await h16(digest, fromBase64url(golden.root_files_key)),
  device: JSON.parse(readFileSync(new URL("../../contracts/golden/transfers.json", import.meta.url), "utf8")).transfers[0].device,
  name: "王老师",
  made: 1_770_000_000_000,
  by: golden.device_key,
});
const signed = join(openPart, await seal(subtle, golden.root_files_key, bytesOf(golden.plain_of_phone), openPart));
golden.from_phone = Buffer.from(joinFile(signed, await signMessage(subtle, key, signed))).toString("base64");
writeFileSync(place, `${JSON.stringify(golden, null, 1)}\n`);
