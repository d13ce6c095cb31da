/** Names made by this phone. Random bytes are passed in. */
import { toBase64url } from "./bytes.ts";

type RandomBytes = { bytes(count: number): Uint8Array };

/** A stream: 16 random bytes, 22 characters. */
export function newStreamId(random: RandomBytes): string {
  return toBase64url(random.bytes(16));
}

/** A journal entry, attempt, feedback or message: 12 random bytes, 16 characters. */
export function newThingId(random: RandomBytes): string {
  return toBase64url(random.bytes(12));
}

export function studyScope(person: string): string {
  return `u:${person}`;
}

/** The person of a study scope, or undefined for other scopes. */
export function personOfStudyScope(scope: string): string | undefined {
  return scope.startsWith("u:") ? scope.slice(2) : undefined;
}
