/** Where files of packs come from: the root, or a hub that has them. What comes is believed by its hash and the root's signature alone. */
export interface PackSource {
  /** Goes before the path; empty for the server that this app comes from. */
  readonly base: string;
  /** What a request there needs besides. */
  readonly init: RequestInit;
}

export const ROOT: PackSource = { base: "", init: {} };
