/** Words about photos and recordings that several screens share. */
import { sayBytes } from "./amounts.ts";
import { t } from "./messages.ts";
import { sayMoney } from "./money.ts";

interface Named {
  kind: string;
  caption?: string;
  duration_ms?: number;
}

export function sayMediaKind(kind: string): string {
  if (kind === "photo") return t("media.photo");
  return kind === "voice" ? t("media.voice") : t("media.other");
}

/** What it shows; else what it is, with how long it lasts. */
export function sayMedia({ kind, caption = "", duration_ms: durationMs }: Named): string {
  if (caption !== "") return caption;
  return durationMs === undefined ? sayMediaKind(kind) : `${sayMediaKind(kind)} ${sayDuration(durationMs)}`;
}

/** "0:07", "2:30". */
export function sayDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Bytes, and what they cost where the person said what a GB costs. */
export function sayPrice(bytes: number, yuanPerGb: number): string {
  const size = sayBytes(bytes);
  return yuanPerGb > 0 ? t("pack.price_money", { size, money: sayMoney(bytes, yuanPerGb) }) : size;
}

interface Shown extends Named {
  bytes: number;
  faces?: string;
}

const FACES = ["nobody", "blurred", "consent"] as const;
const OUTCOMES = ["not_there", "offline", "damaged", "full"] as const;

/** The words of a gallery (ui/MediaGallery.tsx). */
export function mediaWords(yuanPerGb: number) {
  return {
    name: sayMedia,
    under: (media: Shown) => {
      const faces = FACES.find((each) => each === media.faces);
      return [sayMedia(media), sayBytes(media.bytes), ...(faces === undefined ? [] : [t(`faces.was_${faces}`)])].join(" · ");
    },
    away: (media: Shown) => t("media.away", { kind: sayMedia(media), size: sayBytes(media.bytes) }),
    fetch: (media: Shown) => t("media.fetch", { price: sayPrice(media.bytes, yuanPerGb) }),
    fetching: t("media.fetching"),
    outcome: (outcome: string) => t(`media.fetch_${OUTCOMES.find((each) => each === outcome) ?? "offline"}`),
  };
}
