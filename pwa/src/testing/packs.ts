/** Packs for tests: built and signed as docs/pack-format.md says, with keys of their own, and the routes that serve them. */
import type { Manifest } from "../contracts/manifest.ts";
import type { Quiz } from "../contracts/quiz.ts";
import type { PackCard } from "../contracts/rows.ts";
import { type Bytes, join, toBase64url, toHex, u32le, utf8 } from "../domain/bytes.ts";
import { canonicalBytes, canonicalJson } from "../domain/canonical-json.ts";
import { h16 } from "../domain/hash.ts";
import { digest, gzip } from "../platform/compression.ts";
import type { Route } from "./ports.ts";

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

export interface TestKey {
  keys: CryptoKeyPair;
  spki: string;
  id: string;
}

export async function makeKey(): Promise<TestKey> {
  const keys = await crypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  return { keys, spki: toBase64url(spki), id: await h16(digest, spki) };
}

export async function sign(key: TestKey, message: Bytes): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.sign(SIGNING, key.keys.privateKey, message)));
}

export async function signedKeyring(root: TestKey, publishers: TestKey[], version = 1, revoked: string[] = []): Promise<string> {
  const keyring = canonicalJson({
    format: "xuetan-keyring/1",
    version,
    publishers: publishers.map(({ id, spki }) => ({
      key_id: id,
      spki,
      name: { en: "County" },
    })),
    revoked,
  });
  return JSON.stringify({
    keyring,
    key_id: root.id,
    sig: await sign(root, utf8(`xuetan-keyring/1\n${keyring}`)),
  });
}

export interface BuiltPack {
  card: PackCard;
  manifest: Manifest;
  files: Map<string, Bytes>;
  signature: string;
  bundles: { text: string; pictures: string };
}

export interface PackPlan {
  slug: string;
  version: number;
  pages: Record<string, string>;
  quizzes?: Record<string, Quiz["questions"]>;
  pictures?: Bytes[];
}

export async function buildPack(publisher: TestKey, plan: PackPlan): Promise<BuiltPack> {
  const files = new Map<string, Bytes>();
  const blobs: Manifest["blobs"] = {};
  const keep = async (bytes: Bytes, type: string, tier: string): Promise<string> => {
    const hash = toHex(await digest(bytes));
    files.set(hash, bytes);
    blobs[hash] = { bytes: bytes.length, type, tier };
    return hash;
  };
  const lessons: Manifest["lessons"] = [];
  for (const [id, html] of Object.entries(plan.pages)) {
    const questions = plan.quizzes?.[id];
    const page = await keep(utf8(html), "text/html", "text");
    const quiz =
      questions === undefined
        ? undefined
        : await keep(canonicalBytes({ format: "xuetan-quiz/1", lesson: id, questions }), "application/json", "text");
    const edition = {
      title: `第${id}课`,
      page,
      objectives: ["一"],
      journal_prompt: "写一写",
      ...(quiz === undefined ? {} : { quiz }),
    };
    lessons.push({
      id,
      minutes: 7,
      questions: questions?.length ?? 0,
      editions: { "zh-Hans": edition },
    });
  }
  for (const picture of plan.pictures ?? []) await keep(picture, "image/svg+xml", "pictures");
  const bundles = {
    text: await bundle(files, blobs, "text"),
    pictures: await bundle(files, blobs, "pictures"),
  };
  const manifest: Manifest = {
    format: "xuetan-pack/1",
    slug: plan.slug,
    version: plan.version,
    date: "2026-11-01",
    languages: ["zh-Hans"],
    title: { "zh-Hans": "课程包", en: "Pack" },
    summary: { "zh-Hans": "摘要" },
    licence: "CC-BY-4.0",
    authors: ["A"],
    compulsory: false,
    hours: 1,
    credit_category: "x",
    publisher: publisher.id,
    lessons,
    blobs,
    bundles: Object.entries(bundles).map(([tier, blob]) => ({
      tier,
      blob,
      bytes: files.get(blob)?.length ?? 0,
    })),
  };
  const bytes = canonicalBytes(manifest);
  const hash = toHex(await digest(bytes));
  files.set(hash, bytes);
  const sig = await sign(publisher, join(utf8("xuetan-manifest/1\n"), bytes));
  const sizes = manifest.bundles.map((each) => each.bytes);
  const card: PackCard = {
    slug: plan.slug,
    version: plan.version,
    manifest: hash,
    key_id: publisher.id,
    title: manifest.title,
    summary: manifest.summary,
    languages: manifest.languages,
    compulsory: false,
    minutes: 7 * lessons.length,
    lessons: lessons.length,
    questions: lessons.reduce((sum, lesson) => sum + lesson.questions, 0),
    tiers: [
      { tier: "text", bytes: bytes.length + (sizes[0] ?? 0) },
      {
        tier: "pictures",
        bytes: bytes.length + (sizes[0] ?? 0) + (sizes[1] ?? 0),
      },
    ],
  };
  return {
    card,
    manifest,
    files,
    signature: JSON.stringify({ alg: "ES256", key_id: publisher.id, sig }),
    bundles,
  };
}

/** Serves packs with ranges; `served` counts the bytes of each file. */
export function servePacks(packs: BuiltPack[], keyring: () => string): { route: Route; served: Map<string, number> } {
  const served = new Map<string, number>();
  const route: Route = (path, init) => {
    if (path === "/packs/keyring") return new Response(keyring());
    const [, kind, hash] = /^\/packs\/([bs])\/([0-9a-f]{64})$/.exec(path) ?? [];
    const pack = packs.find((each) => (kind === "s" ? each.card.manifest === hash : each.files.has(hash ?? "")));
    if (pack === undefined || hash === undefined) return undefined;
    if (kind === "s") return new Response(pack.signature);
    const bytes = pack.files.get(hash) as Bytes;
    const from = Number(/^bytes=(\d+)-$/.exec(new Headers(init.headers).get("Range") ?? "")?.[1] ?? Number.NaN);
    const part = Number.isNaN(from) ? bytes : bytes.slice(from);
    served.set(hash, (served.get(hash) ?? 0) + part.length);
    if (Number.isNaN(from)) return new Response(part);
    return new Response(part, {
      status: 206,
      headers: {
        "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      },
    });
  };
  return { route, served };
}

async function bundle(files: Map<string, Bytes>, blobs: Manifest["blobs"], tier: string): Promise<string> {
  const index: [string, number, string][] = [];
  const parts: Bytes[] = [];
  for (const [hash, blob] of Object.entries(blobs)) {
    if (blob.tier !== tier) continue;
    const bytes = files.get(hash) as Bytes;
    const packed = await gzip(bytes);
    const [part, coding] = packed.length < bytes.length ? [packed, "gzip"] : [bytes, ""];
    index.push([hash, part.length, coding as string]);
    parts.push(part as Bytes);
  }
  const head = canonicalBytes(index);
  const whole = join(u32le(head.length), head, ...parts);
  const hash = toHex(await digest(whole));
  files.set(hash, whole);
  return hash;
}
