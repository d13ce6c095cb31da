/** Photos and recordings in a row: those that are here are shown, those that are not say what they are and can be fetched. */
import { useState } from "preact/hooks";
import { Button } from "./Button.tsx";
import { MediaItem } from "./MediaItem.tsx";

export interface Media {
  sha256: string;
  kind: string;
  bytes: number;
  width?: number;
  height?: number;
  duration_ms?: number;
  caption?: string;
  faces?: string;
}

export interface MediaWords {
  name: (media: Media) => string;
  under: (media: Media) => string;
  away: (media: Media) => string;
  fetch: (media: Media) => string;
  fetching: string;
  /** Why it did not come. */
  outcome: (outcome: string) => string;
}

interface MediaGalleryProps<M extends Media> {
  media: readonly M[];
  here: ReadonlySet<string>;
  words: MediaWords;
  load: (media: M) => Promise<Blob | undefined>;
  /** "kept", or why not. */
  fetch: (media: M) => Promise<string>;
}

export function MediaGallery<M extends Media>({ media, here, words, load, fetch }: MediaGalleryProps<M>) {
  return (
    <ul class="media-list">
      {media.map((one) => (
        <li key={one.sha256}>
          <MediaItem
            id={one.sha256}
            kind={one.kind}
            name={words.name(one)}
            width={one.width}
            height={one.height}
            isHere={here.has(one.sha256)}
            load={async () => await load(one)}
            under={<span class="small quiet">{words.under(one)}</span>}
            away={<Away media={one} words={words} fetch={async () => await fetch(one)} />}
            data-testid={one.kind === "voice" ? "voice-item" : "photo-item"}
            data-sha256={one.sha256}
            data-bytes={one.bytes}
            data-here={here.has(one.sha256)}
          />
        </li>
      ))}
    </ul>
  );
}

function Away({ media, words, fetch }: { media: Media; words: MediaWords; fetch: () => Promise<string> }) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<string | undefined>(undefined);

  async function get(): Promise<void> {
    setBusy(true);
    setOutcome(await fetch());
    setBusy(false);
  }

  return (
    <>
      <p class="small">{words.away(media)}</p>
      <Button look="plain" icon="download" disabled={busy} onClick={() => void get()} data-testid="media-fetch">
        {busy ? words.fetching : words.fetch(media)}
      </Button>
      {outcome !== undefined && outcome !== "kept" && (
        <p class="small" role="status" data-testid="media-outcome" data-outcome={outcome}>
          {words.outcome(outcome)}
        </p>
      )}
    </>
  );
}
