/**
 * The page's side of the service worker: registration and updates. Owns the rule that a new version takes over only when asked, and that
 * only the page that asked reloads.
 */

const UPDATE_CHECK_MS = 60 * 60_000;

export interface WorkerLink {
  registration(): Promise<ServiceWorkerRegistration | undefined>;
  /** Lets the waiting version take over and reloads into it. */
  takeUpdate(): Promise<void>;
}

export function linkWorker(waiting: (isWaiting: boolean) => void): WorkerLink {
  const registered = register(waiting);
  return {
    registration: async () => await registered,
    async takeUpdate() {
      const next = (await registered)?.waiting;
      if (next === null || next === undefined) return;
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      next.postMessage({ type: "take-over" });
    },
  };
}

async function register(waiting: (isWaiting: boolean) => void): Promise<ServiceWorkerRegistration | undefined> {
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", {
      scope: "/",
      updateViaCache: "none",
    });
    watchUpdates(registration, waiting);
    navigator.serviceWorker.controller?.postMessage({ type: "page-ready" });
    return registration;
  } catch (error) {
    // Without it the app works while there is a line; the next start tries again.
    console.warn("no service worker", error);
    return undefined;
  }
}

function watchUpdates(registration: ServiceWorkerRegistration, waiting: (isWaiting: boolean) => void): void {
  const tell = (): void => waiting(registration.waiting !== null && navigator.serviceWorker.controller !== null);
  const follow = (worker: ServiceWorker | null): void => worker?.addEventListener("statechange", tell);
  tell();
  follow(registration.installing);
  registration.addEventListener("updatefound", () => follow(registration.installing));
  let lookedMs = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - lookedMs < UPDATE_CHECK_MS) return;
    lookedMs = Date.now();
    registration.update().catch(() => undefined);
  });
}

/** A tap on a notification while the app is open: the app goes there itself. */
export function watchGoing(go: (path: string) => void): void {
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ type?: unknown; path?: unknown } | null>) => {
    if (event.data?.type === "go" && typeof event.data.path === "string") go(event.data.path);
  });
}
