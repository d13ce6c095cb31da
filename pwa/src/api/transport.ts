/**
 * The port to the network, as small as it can be: bytes out, what happened back. Owns the interface; `sync-transport.ts` is the
 * real one, the model test has one that loses, doubles and delays. Invariant: never throws.
 */

export interface Credential {
  token(): Promise<string>;
  /** A new token by the device key. `revoked` and `refused` mean that only signing in helps. */
  renew(): Promise<"renewed" | "revoked" | "refused" | "unreachable" | "busy">;
}

export type Exchange =
  | { kind: "answered"; reply: unknown; sentMs: number; receivedMs: number }
  | { kind: "unreachable" }
  | { kind: "busy"; retryAfterMs?: number }
  | { kind: "too_large" }
  | { kind: "unauthorised" }
  | { kind: "revoked" }
  | { kind: "unsupported" }
  | { kind: "refused"; code: string };

export interface Transport {
  exchange(frame: Uint8Array<ArrayBuffer>, token: string): Promise<Exchange>;
}
