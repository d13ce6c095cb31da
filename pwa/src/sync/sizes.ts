/**
 * How much goes in one request: doubles when it went well, shrinks when it did not. Owns the rule that every connection makes progress, however
 * short it lives: the first request of each is small, and what a line proved too short for is not tried again at once. Pure.
 */
import { PULL_BYTES_MAX, PULL_BYTES_MIN, SYNC_REQUEST_BYTES_MAX, SYNC_SEGMENTS_MAX } from "../contracts/limits.ts";

export interface Sizes {
  segments: number;
  /** Of bodies going up. */
  pushBytes: number;
  /** Of entries coming down. */
  pullBytes: number;
  /** What both may grow to on this line. */
  bytesMax: number;
}

/** One segment. */
const START = PULL_BYTES_MIN;
/** What a line that had grown silent is trusted with more after each answer. */
const STEP = START / 4;

export function firstSizes(): Sizes {
  return {
    segments: SYNC_SEGMENTS_MAX,
    pushBytes: START,
    // What a class of today sends a new phone, in one answer: each further one is another wait on a far line.
    pullBytes: 2 * START,
    bytesMax: SYNC_REQUEST_BYTES_MAX,
  };
}

export function afterSuccess({ segments, pushBytes, pullBytes, bytesMax }: Sizes): Sizes {
  return {
    segments: Math.min(SYNC_SEGMENTS_MAX, segments * 2),
    pushBytes: Math.min(bytesMax, pushBytes * 2),
    pullBytes: Math.min(bytesMax, PULL_BYTES_MAX, pullBytes * 2),
    bytesMax: Math.min(SYNC_REQUEST_BYTES_MAX, bytesMax + STEP),
  };
}

/** Half as many segments; the bytes are left alone, for a segment itself never changes. */
export function afterTooLarge(sizes: Sizes, sent: number): Sizes {
  return { ...sizes, segments: Math.max(1, Math.floor(sent / 2)) };
}

/**
 * No answer came: small pieces again. Silence to a request that had grown says that the line does not live long enough for it; silence to a
 * first one says only that there is no line.
 */
export function afterSilence({ segments, pushBytes, bytesMax }: Sizes): Sizes {
  return {
    segments,
    pushBytes: START,
    pullBytes: START,
    bytesMax: pushBytes > START ? Math.max(START, pushBytes / 2) : bytesMax,
  };
}
