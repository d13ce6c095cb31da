/** The hash of an event, by the formula of docs/sync-protocol.md. It does not depend on where the event stands. */
import { canonicalBytes } from "./canonical-json.ts";
import type { Fact } from "./event.ts";
import { type Digest, h16 } from "./hash.ts";

export async function eventHash(digest: Digest, event: Fact): Promise<string> {
  return await h16(digest, canonicalBytes([event.kind, event.ts, event.payload]));
}
