/** What a person keeps on this device alone: drafts, places, attempts under way, marks. Owns the shapes; no server ever sees them. */
import type { BlobRef } from "../contracts/events.ts";

export interface DraftRecord {
  draft: string;
  entry?: string;
  parents: string[];
  text: string;
  prompt?: string;
  pack?: string;
  lesson?: string;
  /** Photos and recordings of the draft; their bytes are in `blob_bytes` since the same transaction. */
  blobs?: BlobRef[];
  changedMs: number;
}

export interface PlaceRecord {
  pack: string;
  lesson: string;
  block: string;
  fraction: number;
  changedMs: number;
}

/** An attempt that was begun on this device and is not finished. */
export interface AttemptRecord {
  pack: string;
  lesson: string;
  attempt: string;
  version: number;
  /** Hash of the manifest that the attempt is judged by. */
  manifest: string;
  language: string;
  begunMs: number;
  /** When the question on screen was shown, for duration_ms. */
  shownMs: number;
}

export interface AnswerDraftRecord {
  attempt: string;
  question: string;
  answer: unknown;
}

/** Things noted on this device only: inbox items read, set-aside events seen. */
export interface MarkRecord {
  mark: string;
  atMs: number;
}
