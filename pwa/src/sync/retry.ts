/** How long to wait before trying again: a random part of a doubling span (full jitter). Pure; chance is passed in. */

const SPAN_MS_FIRST = 1000;
const WAIT_MS_MAX = 60_000;
/** What a server may ask for; beyond it a wrong header would keep a phone silent for days. */
const ASKED_MS_MAX = 3_600_000;

/** `failure` counts from 1; `askedMs` is what the server asked for with Retry-After. */
export function retryDelayMs(failure: number, fraction: number, askedMs = 0): number {
  const span = SPAN_MS_FIRST * 2 ** Math.min(failure - 1, 10);
  return Math.max(Math.min(ASKED_MS_MAX, askedMs), Math.min(WAIT_MS_MAX, Math.round(span * fraction)));
}
