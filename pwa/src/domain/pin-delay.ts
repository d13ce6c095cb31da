/**
 * How long to wait after wrong PINs: nothing for the first ones, then doubling. Never a wipe: the PIN is a lock, not a key. Pure.
 */

const FREE_TRIES = 3;
const DELAY_MS_FIRST = 5_000;
const DELAY_MS_MAX = 15 * 60_000;

/**
 * How long a try is held before it is answered, right or wrong, where it could not be counted: the phone is full. Free tries would be as many as a page is reloaded, and a no alone that takes longer is a no
 * at once. One at a time, ten thousand PINs take more than a day; who knows theirs waits once.
 */
export const DELAY_MS_UNCOUNTED = 10_000;

/** How long such a try waits for its turn: a window that holds the turn may be asleep. Then it is not judged, so it costs no less than any. */
export const TURN_MS_MAX = 60_000;

/** Delay after this many wrong tries in a row. */
export function delayAfterMs(tries: number): number {
  return tries < FREE_TRIES ? 0 : Math.min(DELAY_MS_MAX, DELAY_MS_FIRST * 2 ** (tries - FREE_TRIES));
}

/** What is left of the wait. A clock that was put back makes nobody wait longer than the delay itself. */
export function waitLeftMs(pin: { tries: number; waitUntilMs: number }, nowMs: number): number {
  return Math.max(0, Math.min(pin.waitUntilMs - nowMs, delayAfterMs(pin.tries)));
}
