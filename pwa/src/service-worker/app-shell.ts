/**
 * The app's own files, offline. Owns the app caches, one per version, apart from the packs'. Invariants: a version is installed whole, each file
 * verified by hash, or not at all; what is installed stays while a page of it may be open, whatever fails.
 */
import { PACK_CACHE } from "../packs/blob-store.ts";

export interface Precached {
  url: string;
  /** SHA-256 in base64url. */
  hash: string;
}

const PREFIX = "xuetan-app-";
const SHELL = "/index.html";
/** Addresses that are the server's, whatever asks for them. */
const NOT_OURS = /^\/(?:console|api|sync|packs|files|healthz)(?:\/|$)/;

export function cacheName(version: string): string {
  return PREFIX + version;
}

/**
 * Fetches what is missing of this version: all of it at first, what the browser cleared later. Throws when a file does not come or is not the one
 * of this version; what came stays.
 */
export async function mendShell(version: string, files: readonly Precached[]): Promise<void> {
  const cache = await caches.open(cacheName(version));
  const there = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await Promise.all(files.filter(({ url }) => !there.has(url)).map(async (file) => await installFile(cache, file)));
}

/** The same for a worker that is new: where it fails, nothing is left of it, but what pages run on already stays. */
export async function installShell(version: string, files: readonly Precached[]): Promise<void> {
  const isNew = !(await caches.has(cacheName(version)));
  try {
    await mendShell(version, files);
  } catch (error) {
    if (isNew) await caches.delete(cacheName(version));
    throw error;
  }
}

/**
 * Older versions go when no page is open that could still need them. Called by the newest version only: what a version that is on its way
 * has put there must stay.
 */
export async function dropOldShells(version: string): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== cacheName(version)) await caches.delete(name);
  }
}

/** Undefined when the request is none of the app's. */
export function answerFromShell(request: Request, version: string): Promise<Response> | undefined {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || NOT_OURS.test(url.pathname)) return undefined;
  if (request.mode === "navigate") return answerNavigation(request, version);
  return answerFile(request, version, url.pathname);
}

async function installFile(cache: Cache, { url, hash }: Precached): Promise<void> {
  // Files with a hash in their name may come from the browser's cache: the page has just fetched them.
  const response = await fetch(url, {
    cache: url.startsWith("/assets/") ? "default" : "no-cache",
    credentials: "omit",
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const bytes = await response.clone().arrayBuffer();
  if (base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) !== hash) throw new Error(`${url} is of another version`);
  // Redirected responses may not answer navigations; this one has no history.
  const headers = new Headers(response.headers);
  // The bytes are no longer compressed.
  for (const name of ["Content-Encoding", "Content-Length", "Vary"]) headers.delete(name);
  await cache.put(url, new Response(bytes, { status: 200, headers }));
}

async function answerNavigation(request: Request, version: string): Promise<Response> {
  const cache = await caches.open(cacheName(version));
  return (await cache.match(SHELL)) ?? (await fetch(request));
}

/** The current version first, then what an older page that is still open asks for, then the line. */
async function answerFile(request: Request, version: string, path: string): Promise<Response> {
  const cache = await caches.open(cacheName(version));
  const found = await cache.match(path);
  if (found !== undefined) return found;
  for (const name of await caches.keys()) {
    if (name === PACK_CACHE || !name.startsWith(PREFIX)) continue;
    const older = await (await caches.open(name)).match(path);
    if (older !== undefined) return older;
  }
  return await fetch(request);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}
