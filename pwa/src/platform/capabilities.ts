/** What this browser must have for the app to keep its promises. Owns the list; the page says what is missing. */

/** Names of what is missing, in the words of the platform. */
export function missingCapabilities(): string[] {
  const needed: Record<string, boolean> = {
    indexedDB: "indexedDB" in globalThis,
    "crypto.subtle": globalThis.crypto?.subtle !== undefined,
    BroadcastChannel: "BroadcastChannel" in globalThis,
    locks: "locks" in navigator,
    caches: "caches" in globalThis,
    serviceWorker: "serviceWorker" in navigator,
    CompressionStream: "CompressionStream" in globalThis,
    DecompressionStream: "DecompressionStream" in globalThis,
  };
  return Object.entries(needed)
    .filter(([, there]) => !there)
    .map(([name]) => name);
}
