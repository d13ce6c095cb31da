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

/** As `fillDisk`, until bytes of a photo or a recording are deleted. */
export function fillDiskUntilMediaGoes(): () => void {
  const makeRoom = fillDisk();
  const remove = IDBObjectStore.prototype.delete;
  const end = (): void => {
    makeRoom();
    IDBObjectStore.prototype.delete = remove;
  };
  IDBObjectStore.prototype.delete = function (this: IDBObjectStore, ...which: Parameters<IDBObjectStore["delete"]>) {
    if (this.name === "blob_bytes") end();
    return remove.apply(this, which);
  };
  return end;
}
