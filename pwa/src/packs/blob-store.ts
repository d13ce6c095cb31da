/**
 * Blobs of installed packs, in the browser's Cache `xuetan-packs`. Owns their addresses and headers; the service worker answers pictures
 * from here. Invariant: only verified bytes are put.
 */
import type { Bytes } from "../domain/bytes.ts";

export const PACK_CACHE = "xuetan-packs";
const ADDRESS = "/packs/b/";

export class BlobStore {
  private readonly caches: CacheStorage;

  constructor(caches: CacheStorage) {
    this.caches = caches;
  }

  async put(hash: string, bytes: Bytes, type: string): Promise<void> {
    const cache = await this.caches.open(PACK_CACHE);
    const headers = {
      "Content-Type": type,
      "Content-Length": String(bytes.length),
      "X-Content-Type-Options": "nosniff",
      // A drawing that is opened by its own address shows itself and can do nothing.
      "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox",
    };
    await cache.put(ADDRESS + hash, new Response(bytes, { headers }));
  }

  async text(hash: string): Promise<string | undefined> {
    const cache = await this.caches.open(PACK_CACHE);
    return await (await cache.match(ADDRESS + hash))?.text();
  }

  async has(hash: string): Promise<boolean> {
    const cache = await this.caches.open(PACK_CACHE);
    return (await cache.match(ADDRESS + hash)) !== undefined;
  }

  async list(): Promise<Set<string>> {
    const cache = await this.caches.open(PACK_CACHE);
    return new Set((await cache.keys()).map((request) => new URL(request.url).pathname.slice(ADDRESS.length)));
  }

  async delete(hash: string): Promise<void> {
    const cache = await this.caches.open(PACK_CACHE);
    await cache.delete(ADDRESS + hash);
  }
}
