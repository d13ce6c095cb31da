/** One photo or recording: shown or played from the phone's own store; what stands in for it while it is not here is the caller's. */
import type { ComponentChildren } from "preact";
import { useObjectUrl } from "./use-object-url.ts";
import "./media.css";

export interface MediaItemProps {
  kind: string;
  /** Of the bytes; another one is another item. */
  id: string;
  /** What it shows, for who cannot see it, and under it. */
  name: string;
  width?: number | undefined;
  height?: number | undefined;
  isHere: boolean;
  load: () => Promise<Blob | undefined>;
  /** Under it. */
  under?: ComponentChildren;
  /** Instead of it. */
  away?: ComponentChildren;
}

export function MediaItem({ kind, id, name, width, height, isHere, load, under, away, ...rest }: MediaItemProps) {
  const url = useObjectUrl(async () => (isHere ? await load() : undefined), [id, isHere]);
  return (
    <figure class={`media media-${kind === "voice" ? "voice" : "photo"}`} {...rest}>
      {!isHere && <div class="media-away">{away}</div>}
      {isHere && kind === "photo" && (
        <img class="media-picture" src={url} alt={name} width={width} height={height} data-loaded={url !== undefined} decoding="async" />
      )}
      {isHere && kind === "voice" && <audio class="media-sound" controls src={url} aria-label={name} />}
      {under !== undefined && <figcaption class="media-under">{under}</figcaption>}
    </figure>
  );
}
