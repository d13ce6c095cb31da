/** The service worker: events only, each over a named helper. Knows no screen. */
import { SYNC_TAG } from "../platform/browser.ts";
import { answerFromShell, dropOldShells, installShell, type Precached } from "./app-shell.ts";
import { syncEverybody } from "./background-sync.ts";
import { answerFromPacks } from "./pack-requests.ts";
import { openFromNotification, showPush } from "./push.ts";

declare const self: ServiceWorkerGlobalScope;
/** Set by vite.config.ts at build: the version is a hash over the files. */
declare const __SHELL_VERSION__: string;
declare const __APP_VERSION__: string;
declare const __PRECACHE__: Precached[];

self.addEventListener("install", (event) => {
  event.waitUntil(installShell(__SHELL_VERSION__, __PRECACHE__));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takePages());
});

self.addEventListener("fetch", (event) => {
  const answer = answerFromPacks(event.request) ?? answerFromShell(event.request, __SHELL_VERSION__);
  if (answer !== undefined) event.respondWith(answer);
});

self.addEventListener("message", (event) => {
  const { type } = (event.data ?? {}) as { type?: unknown };
  if (type === "take-over") event.waitUntil(self.skipWaiting());
  if (type === "page-ready") event.waitUntil(tidy());
});

self.addEventListener("push", (event) => {
  event.waitUntil(Promise.all([showPush(event), syncEverybody(__APP_VERSION__).catch(() => undefined)]));
});

self.addEventListener("notificationclick", (event) => {
  event.waitUntil(openFromNotification(event));
});

self.addEventListener("sync", (event) => {
  const { tag, waitUntil } = event as ExtendableEvent & { tag: string };
  if (tag === SYNC_TAG) waitUntil.call(event, syncEverybody(__APP_VERSION__));
});

async function takePages(): Promise<void> {
  await self.clients.claim();
  await tidy();
}

async function tidy(): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  await dropOldShells(__SHELL_VERSION__, pages.length);
}
