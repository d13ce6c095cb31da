/** Key ranges. Owns one trap: IndexedDB refuses a half-open range that is empty, so whole numbers are bounded by the halves between them. */

/** Keys [name, from] up to, not including, [name, to]; may be empty. */
export function numbersOf(name: string, from: number, to: number): IDBKeyRange {
  return IDBKeyRange.bound([name, from - 0.5], [name, Math.max(from, to) - 0.5]);
}

/** Keys [name, from] and everything after it under that name. */
export function numbersFrom(name: string, from: number): IDBKeyRange {
  return IDBKeyRange.bound([name, from], [name, Number.POSITIVE_INFINITY]);
}

/** Every key that begins with the name. */
export function allUnder(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name], [name, []]);
}
