/** Two versions of one pack on a server that gives pieces, and who signed them. Owns the situation before each test. */
import { beforeEach } from "vitest";
import { utf8 } from "../domain/bytes.ts";
import { makeApp, type TestApp } from "./app.ts";
import { type BuiltPack, buildPack, makeKey, servePacks, signedKeyring, type TestKey } from "./packs.ts";
import type { PackInstaller } from "../packs/installer.ts";

export let app: TestApp;
export let installer: PackInstaller;
export let root: TestKey;
export let publisher: TestKey;
export let first: BuiltPack;
export let second: BuiltPack;
export let served: Map<string, number>;

const PICTURE = crypto.getRandomValues(new Uint8Array(60_000));

beforeEach(async () => {
  app = makeApp();
  installer = await app.installer();
  [root, publisher] = [await makeKey(), await makeKey()];
  trust.keyring = await signedKeyring(root, [publisher]);
  const noise = crypto.getRandomValues(new Uint8Array(50_000));
  const page = `<p id="p0">${[...noise].map((byte) => byte.toString(36)).join("")}</p>`;
  const question = {
    id: "q1",
    kind: "true_false",
    difficulty: 1,
    stem: "?",
    answer: true,
    explanation: "!",
  } as const;
  const pages = { "01": page, "02": "<p>二</p>" };
  first = await buildPack(publisher, {
    slug: "pack",
    version: 1,
    pages,
    quizzes: { "01": [{ ...question, stem: "v1" }] },
    pictures: [PICTURE],
  });
  second = await buildPack(publisher, {
    slug: "pack",
    version: 2,
    pages,
    quizzes: { "01": [{ ...question, stem: "v2" }] },
    pictures: [PICTURE],
  });
  const server = servePacks([first, second], () => trust.keyring);
  served = server.served;
  app.ports.fake.routes.push(server.route);
});

export function flip(pack: BuiltPack, hash: string): Uint8Array<ArrayBuffer> {
  const whole = pack.files.get(hash) ?? utf8("");
  const changed = whole.slice();
  changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
  pack.files.set(hash, changed);
  return whole;
}

/** Answers requests for the file with a stream that breaks. */
export function breakAfter(hash: string, bytes: number): void {
  app.ports.fake.routes.unshift((path, init) => {
    if (path !== `/packs/b/${hash}`) return undefined;
    const whole = first.files.get(hash) as Uint8Array<ArrayBuffer>;
    const from = Number(/bytes=(\d+)-/.exec(new Headers(init.headers).get("Range") ?? "")?.[1] ?? 0);
    const part = whole.slice(from, Math.max(from, bytes));
    let given = part.length === 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          if (given) controller.error(new TypeError("network error"));
          else controller.enqueue(part);
          given = true;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, {
      status: 206,
      headers: {
        "Content-Range": `bytes ${from}-${whole.length - 1}/${whole.length}`,
      },
    });
  });
}

/** The keyring that the server gives. */
export const trust = { keyring: "" };
