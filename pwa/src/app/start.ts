/**
 * How boot hands over to the screens. Owns the types of the hand-over only.
 */
import type { AppCore } from "../use-cases/session.ts";

export type Booted =
  /** http on a LAN: no service worker, no keys. The page says so and what to do. */
  | { kind: "insecure"; address: string }
  /** The browser lacks what is named (for small type), e.g. "indexedDB". */
  | { kind: "unsupported"; missing: string[] }
  /** The databases could not be opened; the code is for small type. */
  | { kind: "broken"; code: string }
  | { kind: "ready"; app: AppCore };
