/**
 * Photos and recordings go up after the events that name them. Owns the order, the pieces and the bound of tries of one run; when to run is
 * the caller's. Invariants: words go before pictures, at every piece; a byte that the server has is not sent again; the phone's copy is
 * touched by nothing here.
 */
import { ApiError } from "../api/client.ts";
import type { FileClient } from "../api/files.ts";
import type { Credential } from "../api/transport.ts";
import { blobsWaiting } from "../db/blobs-waiting.ts";
import { changeBlob, noteArrived, readBlobBytes } from "../db/blobs.ts";
import { getSyncMeta } from "../db/meta.ts";
import type { BlobRecord } from "../db/blob-records.ts";
import type { PersonDatabase } from "../db/person-schema.ts";
import { countWaiting } from "../db/waiting.ts";
import { toHex } from "../domain/bytes.ts";
import { digest } from "../platform/compression.ts";
import type { Locks, Random, Timers } from "../platform/ports.ts";
import { retryDelayMs } from "./retry.ts";

export interface UploaderParts {
  person: string;
  db: PersonDatabase;
  files: FileClient;
  credential: Credential;
  random: Random;
  timers: Timers;
  locks: Locks;
  /** False while the person wants nothing sent over the line there is. */
  mayUseLine: () => Promise<boolean>;
}

/** done: nothing is left that can go now. words: events wait and go first. line: not over this line. full: enough for today. */
export type UploadOutcome = "done" | "words" | "line" | "full" | "unreachable" | "signed_out" | "busy";

const PIECE_BYTES_FIRST = 32_768;
const PIECE_BYTES_MIN = 4_096;
const PIECE_BYTES_MAX = 524_288;
/** Tries in a row that brought no byte. */
const TRIES_MAX = 5;

type Stop = Exclude<UploadOutcome, "done" | "busy">;

export async function uploadFiles(parts: UploaderParts): Promise<UploadOutcome> {
  return await parts.locks.exclusive(`xuetan-files-${parts.person}`, "if-available", async () => await new Run(parts).all());
}

class Run {
  private readonly parts: UploaderParts;
  private pieceBytes = PIECE_BYTES_FIRST;
  private renewed = false;
  /** What this run cannot bring: it is tried again in the next. */
  private readonly left = new Set<string>();

  constructor(parts: UploaderParts) {
    this.parts = parts;
  }

  async all(): Promise<Exclude<UploadOutcome, "busy">> {
    for (;;) {
      const waiting = (await blobsWaiting(this.parts.db)).sort((one, other) => one.madeMs - other.madeMs);
      const blob = waiting.find(({ sha256 }) => !this.left.has(sha256));
      if (blob === undefined) return "done";
      const stop = (await this.mayGoOn()) ?? (await this.one(blob));
      if (stop !== undefined) return stop;
    }
  }

  private async mayGoOn(): Promise<Stop | undefined> {
    if ((await countWaiting(this.parts.db)) > 0) return "words";
    return (await this.parts.mayUseLine()) ? undefined : "line";
  }

  /** undefined when there is nothing more to do about this one. */
  private async one(blob: BlobRecord): Promise<Stop | undefined> {
    const { db, files, credential } = this.parts;
    const data = await readBlobBytes(db, blob.sha256);
    // The epoch from before: should the root be put back meanwhile, the file is offered again.
    const { epoch } = await db.read(["meta"], getSyncMeta);
    if (data === undefined || epoch === undefined) return this.leave(blob);
    let stands: number | undefined;
    let furthest = 0;
    for (let tries = 0; tries < TRIES_MAX;) {
      try {
        const token = await credential.token();
        if (stands === undefined) stands = await files.begin(blob, data.length, token);
        else {
          stands = await files.append(blob, stands, data.slice(stands, stands + this.pieceBytes), token);
          this.pieceBytes = Math.min(PIECE_BYTES_MAX, this.pieceBytes * 2);
        }
        if (stands > furthest) tries = 0;
        if (stands >= data.length) {
          await noteArrived(db, blob.sha256, epoch, data.length);
          return undefined;
        }
      } catch (error) {
        const verdict = await this.judge(error, blob, data);
        if (verdict !== "again") return verdict === "leave" ? this.leave(blob) : verdict;
        stands = undefined;
        tries += 1;
        await this.wait(tries, error);
      }
      if (stands !== undefined && stands !== furthest) {
        furthest = stands;
        await changeBlob(db, blob.sha256, { sent: stands });
      }
      const stop = await this.mayGoOn();
      if (stop !== undefined) return stop;
    }
    return "unreachable";
  }

  private leave(blob: BlobRecord): undefined {
    this.left.add(blob.sha256);
  }

  private async judge(error: unknown, blob: BlobRecord, data: Uint8Array<ArrayBuffer>): Promise<Stop | "again" | "leave"> {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401 && error.code !== "not_ours") return await this.renew();
    switch (error.code) {
      case "file_space_full":
        return "full";
      case "file_type_refused":
      case "file_too_large":
        return await this.refuse(blob, error.code);
      case "file_damaged":
        if (toHex(await digest(data)) !== blob.sha256) return await this.refuse(blob, "damaged_here");
        return "again";
      // Not, or not yet, ours to bring there.
      case "not_found":
        return "leave";
      default:
        this.pieceBytes = Math.max(PIECE_BYTES_MIN, Math.floor(this.pieceBytes / 2));
        return "again";
    }
  }

  private async refuse(blob: BlobRecord, code: string): Promise<"leave"> {
    await changeBlob(this.parts.db, blob.sha256, { refused: code, named: false });
    return "leave";
  }

  private async renew(): Promise<Stop | "again"> {
    if (this.renewed) return "signed_out";
    this.renewed = true;
    switch (await this.parts.credential.renew()) {
      case "renewed":
        return "again";
      case "revoked":
      case "refused":
        return "signed_out";
      default:
        return "unreachable";
    }
  }

  private async wait(tries: number, error: unknown): Promise<void> {
    const { timers, random } = this.parts;
    const askedMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    await new Promise<void>((resolve) => timers.after(retryDelayMs(tries, random.fraction(), askedMs), resolve));
  }
}
