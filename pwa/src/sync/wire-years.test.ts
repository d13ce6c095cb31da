/** What was ever on the wire, as a phone meets it: the other half of tests/sync/test_wire_years.py. */
import { expect, test } from "vitest";
import answers from "../../../contracts/golden/wire/v1/answers.json";
import files from "../../../contracts/golden/wire/v1/files.json";
import numbers from "../../../contracts/golden/wire/v1/numbers.json";
import segments from "../../../contracts/golden/wire/v1/segments.json";
import transfers from "../../../contracts/golden/wire/v1/transfers.json";
import { DICTIONARY } from "../contracts/segment-coding.ts";
import type { Statement } from "../contracts/sync.ts";
import { type Bytes, fromBase64url } from "../domain/bytes.ts";
import { type Columns, decodeColumns, isColumns } from "../domain/columns.ts";
import { segmentHash } from "../domain/segment-hash.ts";
import { fields, kinds } from "../domain/shapes.ts";
import { digest } from "../platform/compression.ts";
import { isSignedBy } from "../platform/es256.ts";
import { openSealed } from "../platform/hpke.ts";
import { readReply } from "./reply.ts";
import { readBody } from "./testing/body.ts";
import { isStated } from "./transfers.ts";
import { readXtsync } from "./xtsync.ts";

const FORMS: Record<string, string> = { number: "#", id16: "@", id22: "!", text: "" };

function bytesOf(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

test("columns that were pulled once are read as the events that they were", async () => {
  for (const { stream, segments: chain } of segments.chains) {
    for (const segment of chain) {
      const events = decodeColumns(JSON.parse(segment.columns) as Columns);
      expect(events.map(({ kind, ts, payload }) => ({ kind, ts, payload }))).toEqual(
        segment.events.map(({ kind, ts, payload }) => ({ kind, ts, payload })),
      );
      const body = bytesOf(segment.body);
      expect(await readBody(body)).toBe(segment.columns);
      expect(await segmentHash(digest, { stream, ...segment }, body)).toBe(segment.hash);
    }
  }
});

test("answers are understood, with the epoch that was asked for where they name none", () => {
  for (const { asked, answer } of answers) {
    const reply = readReply(answer, asked ?? undefined);
    expect(reply?.epoch).toBe(answer.epoch ?? asked);
    expect(reply?.serverMs).toBe(answer.t);
    expect(reply?.entries).toHaveLength(answer.entries?.length ?? 0);
    expect(reply?.acks.some(({ kind }) => kind === "unknown")).toBe(false);
    for (const entry of reply?.entries ?? []) if (entry.d !== undefined) expect(isColumns(entry.d)).toBe(true);
  }
});

test("no number of a segment means something else", () => {
  const known = numbers.fields.map(([name = "", form = ""]) => ({ form: FORMS[form], name }));
  expect(fields.slice(0, known.length)).toEqual(known);
  expect(kinds.slice(0, numbers.kinds.length)).toEqual(numbers.kinds.map(([kind, usual]) => ({ kind, usual })));
  expect(DICTIONARY).toBe(numbers.dictionary);
});

test("the root's word is believed, and its receipts are opened", async () => {
  const { subtle } = crypto;
  for (const statement of transfers.statements as Statement[]) expect(await isStated(subtle, transfers.root_key, statement)).toBe(true);
  const file = readXtsync(bytesOf(files.from_root));
  if (file === null) throw new Error("not read");
  expect(await isSignedBy(subtle, files.root_key, file.signed, file.signature)).toBe(true);
  const key = { name: "ECDH", namedCurve: "P-256" } as const;
  const keys = {
    privateKey: await subtle.importKey("pkcs8", bytesOf(files.device_files_private), key, false, ["deriveBits"]),
    publicKey: await subtle.importKey("spki", fromBase64url(files.device_files_key), key, true, []),
  };
  const plain = await openSealed(keys, file.sealed, file.openPart);
  expect(new TextDecoder().decode(plain ?? new Uint8Array())).toBe(files.plain_of_root);
});
