/**
 * The photo that lies open beside a draft: what was covered and decided so far. Owns its way to the store and back after a reload; the editor
 * shows it. Invariant: a store that refuses it costs only the coming back.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { PHOTO_SIDE_PIXELS_MAX } from "../../contracts/limits.ts";
import { openPicture, type Picture, shrinkPicture } from "../../ui/picture.ts";
import { changeOpenPhoto, dropOpenPhoto, keepOpenPhoto, readOpenPhoto } from "../../use-cases/open-photo.ts";
import type { Session } from "../../use-cases/session.ts";
import type { Attachments } from "./use-attachments.ts";

export const DECISIONS = ["nobody", "blurred", "consent"] as const;
export type Decision = (typeof DECISIONS)[number];

export interface PhotoOnTable {
  picture: Picture;
  strokes: number[][];
  faces: Decision | "";
}

export interface OpenPhotos {
  photo: PhotoOnTable | undefined;
  /** Rejects when the browser cannot show the file. */
  open(file: Blob): Promise<void>;
  change(part: Partial<Pick<PhotoOnTable, "strokes" | "faces">>): void;
  /** It was kept or given up. */
  close(): void;
}

export function useOpenPhoto(session: Session, { draft, keepAddress }: Pick<Attachments, "draft" | "keepAddress">): OpenPhotos {
  const [photo, setPhoto] = useState<PhotoOnTable | undefined>(undefined);
  /** The draft's name when the photo was opened; the draft may get another one. */
  const name = useRef("");
  const storing = useRef<Promise<unknown>>(Promise.resolve());

  /** One after the other, so that the last word stands. */
  function store(work: (draft: string) => Promise<unknown>): void {
    const kept = name.current;
    storing.current = storing.current
      .then(async () => await work(kept))
      .catch((error: unknown) => console.error("an open photo could not be kept", error));
  }

  useEffect(() => {
    name.current = draft();
    void comeBack(session, name.current).then((found) => setPhoto((now) => now ?? found));
  }, []);

  async function open(file: Blob): Promise<void> {
    const picture = await openPicture(file);
    setPhoto({ picture, strokes: [], faces: "" });
    keepAddress();
    name.current = draft();
    store(async (kept) => {
      const shrunk = await shrinkPicture(picture, PHOTO_SIDE_PIXELS_MAX);
      const data = new Uint8Array(await shrunk.arrayBuffer());
      await keepOpenPhoto(session, kept, { data, type: shrunk.type, strokes: [], faces: "" });
    });
  }

  return {
    photo,
    open,
    change(part) {
      if (photo === undefined) return;
      const next = { ...photo, ...part };
      setPhoto(next);
      store(async (kept) => await changeOpenPhoto(session, kept, { strokes: next.strokes, faces: next.faces }));
    },
    close() {
      setPhoto(undefined);
      store(async (kept) => await dropOpenPhoto(session, kept));
    },
  };
}

/** What a reload left open; undefined when nothing was, or when it cannot be shown any more. */
async function comeBack(session: Session, draft: string): Promise<PhotoOnTable | undefined> {
  try {
    const kept = await readOpenPhoto(session, draft);
    if (kept === null) return undefined;
    const picture = await openPicture(new Blob([kept.data], { type: kept.type }));
    return { picture, strokes: kept.strokes, faces: DECISIONS.find((one) => one === kept.faces) ?? "" };
  } catch (error) {
    console.error("an open photo did not come back", error);
    return undefined;
  }
}
