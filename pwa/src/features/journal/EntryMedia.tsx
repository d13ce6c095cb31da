/** The photos and recordings of one version, from this phone; what another device of the person holds can be fetched. */
import { live } from "../../db/live.ts";
import { mediaWords } from "../../i18n/media-words.ts";
import { MediaGallery } from "../../ui/MediaGallery.tsx";
import { useLive } from "../../ui/use-live.ts";
import { type BlobRef, blobsHere, fetchOwn, readBlob } from "../../use-cases/blobs.ts";
import type { Session } from "../../use-cases/session.ts";
import { settings } from "../../use-cases/settings.ts";

export function EntryMedia({ session, blobs }: { session: Session; blobs: BlobRef[] }) {
  const here = useLive(() => live(["blobs"], () => blobsHere(session)), [session]);
  if (blobs.length === 0 || here === undefined) return null;
  return (
    <MediaGallery
      media={blobs}
      here={here}
      words={mediaWords(settings(session.app).value.yuanPerGb)}
      load={async (ref) => await readBlob(session, ref)}
      fetch={async (ref) => await fetchOwn(session, ref)}
    />
  );
}
