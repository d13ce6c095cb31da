/**
 * A phone with no space left. Owns the one thing that a test cannot have for real: the browser's refusal, in the browser's words. Everything
 * above it is what runs on a phone.
 */

/** From now on nothing can be put into any database, and what is there can be read. Returns the way to make room again. */
export function fillDisk(): () => void {
  const { put, add } = IDBObjectStore.prototype;
  const refuse = (): never => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  Object.assign(IDBObjectStore.prototype, { put: refuse, add: refuse });
  return () => void Object.assign(IDBObjectStore.prototype, { put, add });
}
