/**
 * Bringing a carried file to the root, in parts that a weak line lives long enough for. Owns their size and the bound of tries. Invariant:
 * what the root has of it is not sent again, whichever connection brought it.
 */
import { type ApiClient, ApiError } from "../api/client.ts";
import type { FileAnswer, FilePartAnswer } from "../contracts/sync.ts";
import type { Bytes } from "../domain/bytes.ts";
import type { Random, Timers } from "../platform/ports.ts";
import { retryDelayMs } from "../sync/retry.ts";

const PATH = "/sync/1/files";
const PART_BYTES_FIRST = 32_768;
const PART_BYTES_MIN = 4_096;
const PART_BYTES_MAX = 524_288;
/** Tries in a row that brought no byte. */
const TRIES_MAX = 5;

export interface FileSender {
  api: ApiClient;
  random: Random;
  timers: Timers;
  /** A call with the carrier's token. */
  withToken: <T>(call: (token: string) => Promise<T>) => Promise<T>;
  /** Bytes of the file that the root has. */
  onSent: (bytes: number) => void;
}

/** What the root says of the file with this SHA-256; ApiError when it could not be brought, or is refused. */
export async function sendFile(sender: FileSender, sha256: string, bytes: Bytes): Promise<FileAnswer> {
  if (bytes.length <= PART_BYTES_FIRST) return (await post(sender, PATH, bytes)) as FileAnswer;
  let size = PART_BYTES_FIRST;
  let sizeMax = PART_BYTES_MAX;
  let stands: number | undefined;
  let furthest = 0;
  for (let tries = 0; ;) {
    try {
      // Without bytes it is asked how far the file has come.
      const part = stands === undefined ? new Uint8Array() : bytes.slice(stands, stands + size);
      const headers = { "Upload-Offset": String(stands ?? 0), "Upload-Length": String(bytes.length) };
      const answer = (await post(sender, `${PATH}/${sha256}`, part, headers)) as FileAnswer | FilePartAnswer;
      if (!("offset" in answer)) return answer;
      if (stands !== undefined) size = Math.min(sizeMax, size * 2);
      stands = answer.offset;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // A root of before, which knows no parts.
      if (error.code === "not_found") return (await post(sender, PATH, bytes)) as FileAnswer;
      if (error.retry !== "later" || tries >= TRIES_MAX) throw error;
      stands = undefined;
      tries += 1;
      // What this line proved too weak for is not tried again in this run.
      size = sizeMax = Math.max(PART_BYTES_MIN, Math.floor(size / 2));
      const delayMs = retryDelayMs(tries, sender.random.fraction(), error.retryAfterMs);
      await new Promise<void>((resolve) => sender.timers.after(delayMs, resolve));
    }
    if (stands !== undefined && stands > furthest) {
      tries = 0;
      furthest = stands;
      sender.onSent(stands);
    }
  }
}

async function post({ api, withToken }: FileSender, path: string, body: Bytes, more?: Record<string, string>): Promise<unknown> {
  return await withToken(async (token) => {
    const headers = { ...more, "Content-Type": "application/octet-stream", Authorization: `Bearer ${token}` };
    return await api.json(path, { method: "POST", headers, body });
  });
}
