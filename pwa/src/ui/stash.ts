/**
 * A net under writes that take a moment: what was typed in this tab and is not stored yet, put at once where a reload finds it. Owns its
 * place in the tab's session storage; it is no store, and another tab never sees it. Invariant: a failing session storage is the same as none.
 */
export interface Stash<T> {
  put(value: T): void;
  drop(): void;
  /** What a reload left behind; undefined when nothing was. */
  find(): T | undefined;
}

/** `name` is asked at each use, since what is typed may get another name. */
export function stashOf<T>(name: () => string): Stash<T> {
  const key = () => `xuetan-unsaved:${name()}`;
  return {
    put: (value) => quietly(() => sessionStorage.setItem(key(), JSON.stringify(value))),
    drop: () => quietly(() => sessionStorage.removeItem(key())),
    find() {
      const kept = quietly(() => sessionStorage.getItem(key()));
      return typeof kept === "string" ? quietly(() => JSON.parse(kept) as T) : undefined;
    },
  };
}

function quietly<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
