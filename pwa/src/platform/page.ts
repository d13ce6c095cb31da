/** What only a page has: visibility, markers, the address bar, the offer to install. Owns the browser's events around them. */
import type { MarkerStore, Visibility } from "./ports.ts";

const MARKER_KEY = "xuetan-marker";
const UNLOCKED_KEY = "xuetan-unlocked";

export const visibility: Visibility = {
  isVisible: () => document.visibilityState === "visible",
  watch(changed) {
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  },
};

export const markers: MarkerStore = {
  read: () => quietly(() => localStorage.getItem(MARKER_KEY)) ?? null,
  write: (text) => void quietly(() => localStorage.setItem(MARKER_KEY, text)),
};

export function rememberUnlocked(person: string | null): void {
  quietly(() => (person === null ? sessionStorage.removeItem(UNLOCKED_KEY) : sessionStorage.setItem(UNLOCKED_KEY, person)));
}

export function unlocked(): string | null {
  return quietly(() => sessionStorage.getItem(UNLOCKED_KEY)) ?? null;
}

/** The fragment, taken out of the address bar and the history entry before anything else sees it. */
export function takeFragment(): string {
  const fragment = location.hash;
  if (fragment.includes("code=")) history.replaceState(history.state, "", location.pathname + location.search);
  return fragment;
}

/** For the list of devices: enough to tell one's phones apart, no more. */
export function deviceName(): string {
  return [/Android|iPhone|iPad|Windows|Mac OS|Linux(?!.*Android)/, /Edg|Firefox|(?:Chrome|Safari)(?!.*Edg)/]
    .flatMap((names) => names.exec(navigator.userAgent)?.[0].replace("Edg", "Edge") ?? [])
    .join(" · ");
}

interface InstallOffer extends Event {
  prompt(): Promise<void>;
  userChoice: Promise<{ outcome: "accepted" | "dismissed" }>;
}

/** Keeps the browser's offer until a tap takes it. */
export function watchInstallOffer(changed: (offered: boolean) => void): () => Promise<boolean> {
  let kept: InstallOffer | undefined;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    kept = event as InstallOffer;
    changed(true);
  });
  window.addEventListener("appinstalled", () => {
    kept = undefined;
    changed(false);
  });
  return async () => {
    const offer = kept;
    kept = undefined;
    changed(false);
    if (offer === undefined) return false;
    await offer.prompt();
    return (await offer.userChoice).outcome === "accepted";
  };
}

/** Storage may be forbidden altogether; then there is none. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
