/** The teacher's photos and recordings: fetched when the mentor wants them, at a price that is said before, and kept once fetched. */
import { live } from "../../db/live.ts";
import { mediaWords } from "../../i18n/media-words.ts";
import { MediaGallery } from "../../ui/MediaGallery.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type BlobRef, blobsHere, fetchOf, readBlob } from "../../use-cases/blobs.ts";
import type { Session } from "../../use-cases/session.ts";
import { settings } from "../../use-cases/settings.ts";

interface EntryMediaProps {
  session: Session;
  teacher: string;
  blobs: BlobRef[];
}

export function EntryMedia({ session, teacher, blobs }: EntryMediaProps) {
  const here = useLive(() => live(["blobs"], () => blobsHere(session)), [session]);
  if (blobs.length === 0 || here === undefined) return null;
  return (
    <MediaGallery
      media={blobs}
      here={here}
      words={mediaWords(settings(session.app).value.yuanPerGb)}
      load={async (ref) => await readBlob(session, ref)}
      fetch={async (ref) => await fetchOf(session, teacher, ref)}
    />
  );
}
