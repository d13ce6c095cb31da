/**
 * What is attached to the draft that is being written. Owns adding, taking away and putting back. Invariant: something attached is in the
 * store, with its bytes, before it is shown as attached; when it could not be stored, the draft is as it was.
 */
import { useRef, useState } from "preact/hooks";
import { t } from "../../i18n/messages.ts";
import { type BlobRef, isFull, type Made, nameBlob, withSpace } from "../../use-cases/blobs.ts";
import type { Session } from "../../use-cases/session.ts";
import type { DraftKeeper } from "./draft-keeper.ts";

export interface Attachments {
  blobs: BlobRef[];
  /** Taken away last, and may be put back. */
  removed: BlobRef | undefined;
  problem: string | undefined;
  /** True when it was stored. */
  add(blob: Blob, made: Omit<Made, "type">): Promise<boolean>;
  remove(sha256: string): void;
  putBack(): void;
  describe(sha256: string, caption: string): void;
  /** Something is being made and neither kept nor dropped. */
  isBusy(): boolean;
  busy(is: boolean): void;
  /** The name of the draft now. */
  draft(): string;
}

interface Writing {
  keeper: DraftKeeper;
  /** Bytes that the store takes with the next write. */
  fresh: Map<string, Uint8Array<ArrayBuffer>>;
  /** Stores the draft with what the keeper's head says; rejects when it could not. */
  store: () => Promise<void>;
  /** Stores it soon, as typing does. */
  storeSoon: () => void;
  /** What was being made is kept or dropped now. */
  settled: () => void;
}

export function useAttachments(session: Session, writing: Writing): Attachments {
  const { keeper, storeSoon, settled } = writing;
  const [blobs, setBlobs] = useState<BlobRef[]>(keeper.head.blobs ?? []);
  const [removed, setRemoved] = useState<BlobRef | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const making = useRef(false);
  const current = (): BlobRef[] => keeper.head.blobs ?? [];

  function put(next: BlobRef[]): void {
    setHead(keeper, next);
    setBlobs(next);
  }

  return {
    blobs,
    removed,
    problem,
    async add(blob, made) {
      try {
        setProblem(undefined);
        await attach(session, writing, blob, made);
        return true;
      } catch (error) {
        console.error("something attached could not be stored", error);
        storeSoon();
        setProblem(t(isFull(error) ? "media.no_space" : "media.failed"));
        return false;
      } finally {
        put(current());
      }
    },
    remove(sha256) {
      setRemoved(current().find((each) => each.sha256 === sha256));
      put(without(current(), sha256));
      storeSoon();
    },
    putBack() {
      if (removed !== undefined) put([...without(current(), removed.sha256), removed]);
      setRemoved(undefined);
      storeSoon();
    },
    describe(sha256, caption) {
      put(current().map((each) => (each.sha256 === sha256 ? withCaption(each, caption) : each)));
      storeSoon();
    },
    isBusy: () => making.current,
    draft: () => keeper.head.draft,
    busy(is) {
      if (making.current && !is) {
        setProblem(undefined);
        settled();
      }
      making.current = is;
    },
  };
}

/** Stores the bytes with the draft that names them; what could not be stored is named no more. */
async function attach(session: Session, { keeper, fresh, store }: Writing, blob: Blob, made: Omit<Made, "type">): Promise<void> {
  const data = new Uint8Array(await blob.arrayBuffer());
  const ref = await nameBlob(data, { ...made, type: blob.type });
  const blobs = without(keeper.head.blobs ?? [], ref.sha256);
  fresh.set(ref.sha256, data);
  setHead(keeper, [...blobs, ref]);
  try {
    await withSpace(session, data.length, store);
  } catch (error) {
    setHead(keeper, without(keeper.head.blobs ?? [], ref.sha256));
    throw error;
  } finally {
    fresh.delete(ref.sha256);
  }
}

function setHead(keeper: DraftKeeper, blobs: BlobRef[]): void {
  const { blobs: _, ...head } = keeper.head;
  keeper.head = blobs.length === 0 ? head : { ...head, blobs };
}

function without(blobs: readonly BlobRef[], gone: string): BlobRef[] {
  return blobs.filter(({ sha256 }) => sha256 !== gone);
}

function withCaption({ caption: _, ...ref }: BlobRef, caption: string): BlobRef {
  return caption.trim() === "" ? ref : { ...ref, caption };
}
