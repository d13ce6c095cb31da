/** How much goes in one request: doubles when it went well, shrinks when it did not. Pure. */
import { PULL_BYTES_MAX, PULL_BYTES_MIN, SYNC_REQUEST_BYTES_MAX, SYNC_SEGMENTS_MAX } from "../contracts/limits.ts";

export interface Sizes {
  segments: number;
  /** Of bodies going up. */
  pushBytes: number;
  /** Of entries coming down. */
  pullBytes: number;
}

const PUSH_BYTES_START = 16_384;

export function firstSizes(): Sizes {
  return {
    segments: SYNC_SEGMENTS_MAX,
    pushBytes: PUSH_BYTES_START,
    pullBytes: PULL_BYTES_MIN,
  };
}

export function afterSuccess(sizes: Sizes): Sizes {
  return {
    segments: Math.min(SYNC_SEGMENTS_MAX, sizes.segments * 2),
    pushBytes: Math.min(SYNC_REQUEST_BYTES_MAX, sizes.pushBytes * 2),
    pullBytes: Math.min(PULL_BYTES_MAX, sizes.pullBytes * 2),
  };
}

/** Half as many segments; the bytes are left alone, for a segment itself never changes. */
export function afterTooLarge(sizes: Sizes, sent: number): Sizes {
  return { ...sizes, segments: Math.max(1, Math.floor(sent / 2)) };
}

/** No answer came: a slow line gets small pieces, so that each connection makes progress. */
export function afterSilence(sizes: Sizes): Sizes {
  return { ...sizes, pushBytes: PUSH_BYTES_START, pullBytes: PULL_BYTES_MIN };
}
