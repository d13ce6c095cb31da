/** What the database of a person keeps of photos and recordings. Owns the shapes; `blobs.ts` what is put and dropped when. */

/** What is known of a photo or a recording on this phone; the bytes lie beside it, in `blob_bytes`. */
export interface BlobRecord {
  sha256: string;
  scope: string;
  kind: string;
  type: string;
  bytes: number;
  madeMs: number;
  /** An event of this phone names it, and it was not refused: it is to be sent. */
  named: boolean;
  /** The bytes are on this phone. */
  here: boolean;
  /** The epoch of the root that has it. */
  arrived?: string;
  /** When so many events of the stream are in a verified backup, the file is in it too: it was made after the file arrived. */
  safeFrom?: { stream: string; next: number };
  /** Bytes that the server had when it was last asked. */
  sent?: number;
  /** Code under which the server took it not and never will. */
  refused?: string;
}

export interface BlobBytes {
  sha256: string;
  data: Uint8Array<ArrayBuffer>;
}
