/**
 * One file of a pack, by ranges, resuming at the byte. Owns the pieces on disk and the bound of tries. Invariant: a byte that is here is
 * never paid for again; what came is verified by the caller, by hash.
 */
import { ApiError, readError } from "../api/client.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { countPartBytes, dropParts, putPart, readParts } from "../db/downloads.ts";
import { type Bytes, join } from "../domain/bytes.ts";
import type { Fetch, Random, Timers } from "../platform/ports.ts";
import { PausedError } from "./paused.ts";
import type { PackSource } from "./source.ts";

export interface DownloadParts {
  device: DeviceDatabase;
  fetch: Fetch;
  timers: Timers;
  random: Random;
  source: PackSource;
}

const PIECE_BYTES = 64 * 1024;
const SILENCE_MS = 30_000;
/** Tries in a row that brought no byte. */
const TRIES_MAX = 3;
const WAIT_MS = 2_000;

/** `before`: bytes of the whole download that are here besides this file, for the progress. */
export async function downloadFile(
  parts: DownloadParts,
  slug: string,
  file: { hash: string; bytes: number },
  before: number,
  signal: AbortSignal,
): Promise<Bytes> {
  let tries = 0;
  for (let done = await countPartBytes(parts.device, file.hash); done < file.bytes;) {
    const reached = await tryOnce(parts, slug, file, done, before, signal);
    tries = reached > done ? 0 : tries + 1;
    done = reached;
    if (tries >= TRIES_MAX) throw new ApiError("unreachable", 0, "later");
    if (done < file.bytes && tries > 0) await pause(parts, signal);
  }
  return join(...(await readParts(parts.device, file.hash)));
}

/** Bytes that are here after this try. */
async function tryOnce(
  parts: DownloadParts,
  slug: string,
  file: { hash: string; bytes: number },
  from: number,
  before: number,
  signal: AbortSignal,
): Promise<number> {
  const silence = new AbortController();
  const stop = (): void => silence.abort();
  signal.addEventListener("abort", stop);
  let done = from;
  try {
    if (signal.aborted) throw new PausedError();
    // A range even from 0: only then is the answer sure to be the file's own bytes, not a compressed copy of them.
    const init = {
      ...parts.source.init,
      headers: { Range: `bytes=${from}-` },
      cache: "no-store",
      credentials: "omit",
      signal: silence.signal,
    } as const;
    const response = await parts.fetch(`${parts.source.base}/packs/b/${file.hash}`, init);
    if (response.status === 416) {
      await dropParts(parts.device, file.hash);
      return 0;
    }
    if (!response.ok) throw await readError(response);
    if (response.body === null || !startsAt(response, from)) throw new ApiError("not_ours", response.status, "later");
    const reader = new PieceReader(response.body, response.status === 206 ? 0 : from, parts.timers, stop);
    for (let piece = await reader.next(); piece.length > 0; piece = await reader.next()) {
      const goesOn = await putPart(parts.device, slug, { file: file.hash, offset: done, bytes: piece }, before + done + piece.length);
      done += piece.length;
      if (!goesOn) throw new PausedError();
    }
    return done;
  } catch (error) {
    if (signal.aborted || error instanceof PausedError) throw new PausedError();
    if (error instanceof ApiError || isQuota(error)) throw error;
    return done;
  } finally {
    signal.removeEventListener("abort", stop);
    silence.abort();
  }
}

function startsAt(response: Response, from: number): boolean {
  if (response.status === 200) return true;
  return response.status === 206 && new RegExp(`^bytes ${from}-`).test(response.headers.get("Content-Range") ?? "");
}

/** Pieces of at least 64 KiB from a stream, passing over the first bytes; empty at the end. What came before a break comes out too. */
class PieceReader {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly timers: Timers;
  private readonly silent: () => void;
  private skip: number;
  private broken: unknown;

  constructor(stream: ReadableStream<Uint8Array>, skip: number, timers: Timers, silent: () => void) {
    this.reader = stream.getReader();
    this.skip = skip;
    this.timers = timers;
    this.silent = silent;
  }

  async next(): Promise<Bytes> {
    if (this.broken !== undefined) throw this.broken;
    const pieces: Uint8Array[] = [];
    let length = 0;
    while (length < PIECE_BYTES) {
      const read = await this.read();
      if (read === undefined) break;
      const kept = read.subarray(Math.min(this.skip, read.length));
      this.skip -= read.length - kept.length;
      pieces.push(kept);
      length += kept.length;
    }
    if (length === 0 && this.broken !== undefined) throw this.broken;
    return join(...pieces);
  }

  private async read(): Promise<Uint8Array | undefined> {
    const cancel = this.timers.after(SILENCE_MS, this.silent);
    try {
      const { done, value } = await this.reader.read();
      return done ? undefined : value;
    } catch (error) {
      this.broken = error;
      return undefined;
    } finally {
      cancel();
    }
  }
}

async function pause(parts: DownloadParts, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = parts.timers.after(Math.round(WAIT_MS * parts.random.fraction()), resolve);
    signal.addEventListener("abort", () => {
      cancel();
      resolve();
    });
  });
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && (error.name === "QuotaExceededError" || error.name === "StorageError");
}
