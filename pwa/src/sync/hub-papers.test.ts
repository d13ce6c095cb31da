/** What phones and hubs say to each other: the server's examples byte for byte, and answers of any bytes. */
import { expect, test } from "vitest";
import golden from "../../../contracts/golden/hubs.json";
import type { HubQuestion, Transfer } from "../contracts/sync.ts";
import { type Bytes, fromBase64url, utf8 } from "../domain/bytes.ts";
import { openSealed } from "../platform/hpke.ts";
import { isSignedBy } from "../platform/es256.ts";
import { certificateMessage, encodeQuestion, isCertified, provenHeld, readHubAnswer, spanOf } from "./hub-papers.ts";
import type { Carried } from "./transfers.ts";
import { readXtsync } from "./xtsync.ts";

const { subtle } = crypto;
const { certificate } = golden;

function bytesOf(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function openerOf(publicKey: string, privateKey: string): Promise<CryptoKeyPair> {
  const key = { name: "ECDH", namedCurve: "P-256" };
  return {
    publicKey: await subtle.importKey("spki", fromBase64url(publicKey), key, true, []),
    privateKey: await subtle.importKey("pkcs8", bytesOf(privateKey.replaceAll("-", "+").replaceAll("_", "/")), key, false, ["deriveBits"]),
  };
}

test("a certificate counts when the pinned root signed this hub with these keys, and no other", async () => {
  expect(new TextDecoder().decode(await certificateMessage(certificate))).toBe(golden.certificate_message);
  expect(await isCertified(subtle, golden.root_key, certificate)).toBe(true);
  expect(await isCertified(subtle, golden.root_key, { ...certificate, name: "for the eye alone" })).toBe(true);
  for (const other of [{ hub: "x" }, { organisation: "x" }, { key: certificate.file_key }, { file_key: certificate.key }, { sig: "" }]) {
    expect(await isCertified(subtle, golden.root_key, { ...certificate, ...other })).toBe(false);
  }
  expect(await isCertified(subtle, golden.device_key, certificate)).toBe(false);
  expect(await isCertified(subtle, golden.root_key, undefined)).toBe(false);
  expect(await isCertified(subtle, golden.root_key, { ...certificate, key: "no key" })).toBe(false);
});

test("a question is the server's, byte for byte", () => {
  const plain = bytesOf(golden.plain_question);
  const end = 4 + new DataView(plain.buffer).getUint32(0, true);
  const question = JSON.parse(new TextDecoder().decode(plain.slice(4, end))) as HubQuestion;
  let at = end;
  const carried = question.transfers.map((transfer): Carried => ({
    transfer,
    bodies: transfer.segs.map(({ len }) => plain.slice(at, (at += len))),
  }));
  expect(encodeQuestion(question, carried)).toEqual(plain);
});

test("the server's question and answer open for those they are sealed to, under the signature of who made them", async () => {
  const question = readXtsync(bytesOf(golden.question));
  expect(question?.header).toMatchObject({ kind: "hub_question", name: "", by: golden.device_key, reply: golden.reply_key });
  expect(await isSignedBy(subtle, golden.device_key, question?.signed as Bytes, question?.signature ?? "")).toBe(true);
  const hub = await openerOf(golden.hub_files_key, golden.hub_files_private);
  expect(await openSealed(hub, question?.sealed as Bytes, question?.openPart as Bytes)).toEqual(bytesOf(golden.plain_question));
  const answer = readXtsync(bytesOf(golden.answer));
  expect(answer?.header).toMatchObject({ kind: "hub_answer", by: golden.hub_key });
  expect(await isSignedBy(subtle, golden.hub_key, answer?.signed as Bytes, answer?.signature ?? "")).toBe(true);
  const phone = await openerOf(golden.reply_key, golden.reply_private);
  const plain = await openSealed(phone, answer?.sealed as Bytes, answer?.openPart as Bytes);
  expect(new TextDecoder().decode(plain as Bytes)).toBe(golden.plain_answer);
});

test("the server's answer is read", () => {
  const raw = JSON.parse(golden.plain_answer) as Record<string, unknown>;
  const read = readHubAnswer(utf8(golden.plain_answer));
  expect(read).toMatchObject({
    nonce: raw["nonce"],
    serverMs: raw["server_ms"],
    rootMs: raw["root_ms"],
    held: raw["held"],
    statements: raw["statements"],
    pulled: { epoch: raw["epoch"], entries: raw["entries"], acks: [], more: false },
  });
});

test.each([
  "",
  "null",
  "[]",
  "{}",
  '{"v":2,"nonce":"a","server_ms":1}',
  '{"v":1,"nonce":1,"server_ms":1}',
  '{"v":1,"nonce":"a","server_ms":-1}',
])("%j is no answer", (text) => expect(readHubAnswer(utf8(text))).toBeNull());

test("of an answer with nonsense in it, what makes sense is taken, acknowledgements never", () => {
  const text = JSON.stringify({
    v: 1,
    nonce: "a",
    server_ms: 5,
    epoch: "e",
    held: [null, { stream: "s", next: -1, chain: "c" }, { stream: "s", next: 2, chain: "c" }],
    statements: [{}, "x"],
    provisional: [{ scope: "u:x" }, 7],
    acks: [["ok"]],
    next: 9,
    safe: 9,
    root_ms: "yesterday",
  });
  const read = readHubAnswer(utf8(text));
  expect(read).toEqual({
    nonce: "a",
    serverMs: 5,
    held: [{ stream: "s", next: 2, chain: "c" }],
    statements: [],
    provisional: [],
    pulled: { epoch: "e", serverMs: 5, acks: [], entries: [], more: false },
  });
});

const SPANS = [
  { stream: "s", first: 4, next: 8, chain: "b" },
  { stream: "s", first: 0, next: 4, chain: "a" },
  { stream: "t", first: 2, next: 3, chain: "c" },
];
const all = SPANS.map(({ stream, next, chain }) => ({ stream, next, chain }));

test.each([
  ["all in a row", { s: 0, t: 2 }, all, { s: 8, t: 3 }],
  ["the later without the earlier proves nothing", { s: 0, t: 0 }, all.slice(0, 1), { s: 0, t: 0 }],
  ["what follows on what was acknowledged", { s: 4 }, all.slice(0, 1), { s: 8 }],
  ["another chain at the same place is another history", { s: 4 }, [{ stream: "s", next: 8, chain: "x" }], { s: 4 }],
  ["what was not asked", {}, [{ stream: "z", next: 3, chain: "c" }], {}],
  ["it never falls", { s: 9 }, all, { s: 9 }],
])("held: %s", (_name, known, held, proven) => {
  expect(provenHeld(known, SPANS, held)).toEqual(proven);
});

test("a transfer spans from its first segment to its end", () => {
  const segs = [{ first: 3 }, { first: 5 }] as Transfer["segs"];
  expect(spanOf({ stream: "s", next: 9, chain: "c", segs } as Transfer)).toEqual({ stream: "s", first: 3, next: 9, chain: "c" });
});
