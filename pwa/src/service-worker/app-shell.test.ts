/** A version is installed whole or not at all; older ones stay while they may be needed; the server's addresses are left alone. */
import { beforeEach, expect, test, vi } from "vitest";
import { toBase64url, utf8 } from "../domain/bytes.ts";
import { PACK_CACHE } from "../packs/blob-store.ts";
import { digest } from "../platform/compression.ts";
import { FakeCaches } from "../testing/fake-caches.ts";
import { answerFromShell, cacheName, dropOldShells, installShell, mendShell, type Precached } from "./app-shell.ts";
import { answerFromPacks } from "./pack-requests.ts";

const ORIGIN = "https://phone.test";
let store: FakeCaches;
let files: Record<string, string>;
let asked: string[];

beforeEach(() => {
  store = new FakeCaches();
  asked = [];
  files = { "/index.html": "<html>1", "/assets/index-1.js": "one" };
  vi.stubGlobal("caches", store);
  vi.stubGlobal("self", { location: { origin: ORIGIN } });
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const path = typeof input === "string" ? input : new URL(input.url).pathname;
    asked.push(path);
    const body = files[path];
    if (body === undefined) throw new TypeError("Failed to fetch");
    return new Response(body, {
      headers: {
        "Content-Encoding": "br",
        "Content-Security-Policy": "default-src 'none'",
      },
    });
  });
});

async function listed(): Promise<Precached[]> {
  return await Promise.all(
    Object.entries(files).map(async ([url, text]) => ({
      url,
      hash: toBase64url(await digest(utf8(text))),
    })),
  );
}

function request(
  path: string,
  init: {
    method?: string;
    mode?: string;
    headers?: Record<string, string>;
  } = {},
): Request {
  const { mode, ...rest } = init;
  const made = new Request(ORIGIN + path, rest);
  // Node makes no navigation requests.
  return mode === undefined
    ? made
    : new Proxy(made, {
        get: (target, name) => (name === "mode" ? mode : (Reflect.get(target, name, target) as unknown)),
      });
}

test("every navigation is answered from the installed version, with the server dead", async () => {
  await installShell("v1", await listed());
  files = {};
  for (const path of ["/", "/learn/pack/01", "/journal/new?draft=x", "/me/sync"]) {
    const answer = await answerFromShell(request(path, { mode: "navigate" }), "v1");
    expect(await answer?.text()).toBe("<html>1");
    expect([answer?.headers.get("Content-Security-Policy"), answer?.headers.get("Content-Encoding")]).toEqual(["default-src 'none'", null]);
  }
  expect(asked).toEqual(["/index.html", "/assets/index-1.js"]);
});

test("a file that is missing or of another version makes the installation fail, and leaves nothing", async () => {
  const list = await listed();
  files["/assets/index-1.js"] = "two";
  await expect(installShell("v1", list)).rejects.toThrow("another version");
  delete files["/assets/index-1.js"];
  await expect(installShell("v1", list)).rejects.toThrow();
  expect(await store.keys()).toEqual([]);
});

test("the server's addresses, other origins and other methods are not touched", () => {
  for (const path of ["/console", "/console/packs", "/api/1/enrol", "/sync/1", "/packs/keyring", "/files/x", "/healthz"]) {
    expect(answerFromShell(request(path), "v1")).toBeUndefined();
    expect(answerFromShell(request(path, { mode: "navigate" }), "v1")).toBeUndefined();
  }
  expect(answerFromShell(request("/learn", { method: "POST" }), "v1")).toBeUndefined();
  expect(answerFromShell(new Request("https://elsewhere.test/"), "v1")).toBeUndefined();
});

test("an older page finds its chunks until the newer version drops them; packs are never dropped", async () => {
  await installShell("v1", await listed());
  files = { "/index.html": "<html>2", "/assets/index-2.js": "two" };
  await installShell("v2", await listed());
  await store.open(PACK_CACHE);
  files = {};
  expect(await (await answerFromShell(request("/assets/index-1.js"), "v2"))?.text()).toBe("one");
  await dropOldShells("v2");
  expect((await store.keys()).sort()).toEqual([cacheName("v2"), PACK_CACHE].sort());
});

test("what the browser cleared of a version is fetched again, and nothing else", async () => {
  const list = await listed();
  await installShell("v1", list);
  await mendShell("v1", list);
  expect(asked).toHaveLength(2);
  await store.delete(cacheName("v1"));
  const line = files;
  files = {};
  // A page that is opened meanwhile finds nothing; what is empty now must be filled all the same.
  await expect(answerFromShell(request("/", { mode: "navigate" }), "v1")).rejects.toThrow("Failed to fetch");
  await expect(mendShell("v1", list)).rejects.toThrow("Failed to fetch");
  files = line;
  await mendShell("v1", list);
  expect(store.paths(cacheName("v1"))).toHaveLength(2);
  await (await store.open(cacheName("v1"))).delete("/assets/index-1.js");
  asked = [];
  await mendShell("v1", list);
  expect(asked).toEqual(["/assets/index-1.js"]);
});

test("another worker for the files that the pages run on takes nothing from them, with a line and without", async () => {
  const list = await listed();
  await installShell("v1", list);
  const more = [...list, { url: "/assets/lost.js", hash: "none" }];
  files = {};
  await expect(installShell("v1", more)).rejects.toThrow("Failed to fetch");
  expect(await (await answerFromShell(request("/", { mode: "navigate" }), "v1"))?.text()).toBe("<html>1");
  await installShell("v1", list);
  expect(store.paths(cacheName("v1"))).toHaveLength(2);
});

test("pictures of installed packs come from the phone; ranges and what is not here go to the server", async () => {
  const blob = `/packs/b/${"a".repeat(64)}`;
  await (await store.open(PACK_CACHE)).put(blob, new Response("picture"));
  expect(await (await answerFromPacks(request(blob)))?.text()).toBe("picture");
  expect(answerFromPacks(request(blob, { headers: { range: "bytes=0-" } }))).toBeUndefined();
  expect(answerFromPacks(request(blob, { mode: "navigate" }))).toBeUndefined();
  expect(answerFromPacks(request("/packs/keyring"))).toBeUndefined();
});
