/** Pictures of lessons, from the packs that are installed. Owns nothing but the look-up; ranges and what is not here go to the server. */
import { PACK_CACHE } from "../packs/blob-store.ts";

const BLOB = /^\/packs\/b\/[0-9a-f]{64}$/;

/** Undefined when the request is not for a pack's blob as a part of a page. */
export function answerFromPacks(request: Request): Promise<Response> | undefined {
  const url = new URL(request.url);
  const isBlob = request.method === "GET" && url.origin === self.location.origin && BLOB.test(url.pathname);
  if (!isBlob || request.mode === "navigate" || request.headers.has("range")) return undefined;
  return answer(request, url.pathname);
}

async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(PACK_CACHE);
  return (await cache.match(path)) ?? (await fetch(request));
}
