/**
 * Questions to the root. Owns the two pipes and the fingerprint of everything that went through them. Asking blocks: for the phones the root
 * takes no time, and a world's order is its seed's alone.
 */
import { createHash } from "node:crypto";
import { readSync, writeSync } from "node:fs";

const NOTHING = new Uint8Array(0);

export interface Answer<T> {
  header: T;
  body: Uint8Array;
}

export class Bridge {
  private readonly input: number;
  private readonly output: number;
  private seen = createHash("sha256");
  /** Keys and signatures go through in this world, and are left out of the fingerprint. */
  hasKeys = false;

  constructor(input = 0, output = 1) {
    this.input = input;
    this.output = output;
  }

  ask<T = Record<string, unknown>>(question: { op: string } & Record<string, unknown>, body: Uint8Array = NOTHING): Answer<T> {
    this.note(JSON.stringify(question), body);
    return this.exchange<T>(question, body, (header, answer) => this.note(header, answer));
  }

  /** The same, but nothing of it enters the fingerprint: what is signed or sealed is of no seed. */
  askApart<T = Record<string, unknown>>(question: { op: string } & Record<string, unknown>, body: Uint8Array = NOTHING): Answer<T> {
    return this.exchange<T>(question, body, () => undefined);
  }

  private exchange<T>(
    question: { op: string } & Record<string, unknown>,
    body: Uint8Array,
    heard: (header: Buffer, answer: Buffer) => void,
  ): Answer<T> {
    this.send(Buffer.from(JSON.stringify(question)), body);
    const [header, answer] = this.receive();
    heard(header, answer);
    const told = JSON.parse(header.toString()) as T & { failed?: string };
    if (told.failed !== undefined) throw new Error(`the root's side failed at ${question.op}: ${told.failed}`);
    return { header: told, body: answer };
  }

  /** Tells and waits until it was heard; not part of the fingerprint. */
  tell(told: { op: string } & Record<string, unknown>): void {
    this.send(Buffer.from(JSON.stringify(told)), NOTHING);
    this.receive();
  }

  /** The last word: nobody answers. */
  end(): void {
    this.send(Buffer.from(JSON.stringify({ op: "end" })), NOTHING);
  }

  note(...parts: (Uint8Array | string)[]): void {
    for (const part of parts) this.seen.update(this.hasKeys ? withoutKeys(part) : part);
  }

  /** Of everything since the last one. */
  fingerprint(): string {
    const found = this.seen.digest("hex").slice(0, 32);
    this.seen = createHash("sha256");
    return found;
  }

  private send(header: Uint8Array, body: Uint8Array): void {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(header.length, 0);
    lengths.writeUInt32LE(body.length, 4);
    const bytes = Buffer.concat([lengths, header, body]);
    for (let at = 0; at < bytes.length;) at += writeSync(this.output, bytes, at);
  }

  private receive(): [Buffer, Buffer] {
    const lengths = this.exactly(8);
    const header = this.exactly(lengths.readUInt32LE(0));
    return [header, this.exactly(lengths.readUInt32LE(4))];
  }

  private exactly(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let at = 0; at < count;) {
      const read = readSync(this.input, bytes, at, count - at, null);
      if (read === 0) throw new Error("the root went away");
      at += read;
    }
    return bytes;
  }
}

/** Public keys of P-256 and signatures, as both sides spell them. */
const KEYS = /MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[\w-]{86}|(?<="sig2?":")[\w-]{86}(?=")/g;

function withoutKeys(part: Uint8Array | string): Uint8Array | string {
  const text = typeof part === "string" ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
  const without = text.replace(KEYS, "");
  return without.length === text.length ? part : without;
}
