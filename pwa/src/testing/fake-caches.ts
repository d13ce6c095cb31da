/** CacheStorage in memory, as far as the app uses it. */

class MemoryCache {
  readonly entries = new Map<string, { body: ArrayBuffer; headers: Headers }>();

  async match(request: RequestInfo | URL): Promise<Response | undefined> {
    const found = this.entries.get(pathOf(request));
    return found === undefined ? undefined : new Response(found.body.slice(0), { headers: found.headers });
  }

  async put(request: RequestInfo | URL, response: Response): Promise<void> {
    this.entries.set(pathOf(request), {
      body: await response.arrayBuffer(),
      headers: new Headers(response.headers),
    });
  }

  async delete(request: RequestInfo | URL): Promise<boolean> {
    return this.entries.delete(pathOf(request));
  }

  async keys(): Promise<Request[]> {
    return [...this.entries.keys()].map((path) => new Request(`http://phone.test${path}`));
  }
}

export class FakeCaches {
  readonly stores = new Map<string, MemoryCache>();

  async open(name: string): Promise<Cache> {
    const store = this.stores.get(name) ?? new MemoryCache();
    this.stores.set(name, store);
    return store as unknown as Cache;
  }

  async keys(): Promise<string[]> {
    return [...this.stores.keys()];
  }

  async has(name: string): Promise<boolean> {
    return this.stores.has(name);
  }

  async delete(name: string): Promise<boolean> {
    return this.stores.delete(name);
  }

  /** Paths in one store. */
  paths(name: string): string[] {
    return [...(this.stores.get(name)?.entries.keys() ?? [])];
  }
}

function pathOf(request: RequestInfo | URL): string {
  const text = request instanceof Request ? request.url : String(request);
  return text.startsWith("/") ? text : new URL(text).pathname;
}
