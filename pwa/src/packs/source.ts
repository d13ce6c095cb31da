/** Where files of packs come from: the root, or a hub that has them. What comes is believed by its hash and the root's signature alone. */
import { ApiError } from "../api/client.ts";
import { PackRefusedError } from "./refused.ts";

export interface PackSource {
  /** Goes before the path; empty for the server that this app comes from. */
  readonly base: string;
  /** What a request there needs besides. */
  readonly init: RequestInit;
}

export const ROOT: PackSource = { base: "", init: {} };

/** That a hub has not got it, or has something else, is no last word on a pack: the root, or another hub, may have it. What is this phone's own goes on. */
export function isOfHub(failure: unknown): undefined {
  if (failure instanceof ApiError || (failure instanceof PackRefusedError && failure.code !== "storage_full")) return undefined;
  throw failure;
}
