/** The service worker: events only, each over a named helper. Knows no screen. */
import { SYNC_TAG } from "../platform/browser.ts";
import { answerFromShell, dropOldShells, installShell, mendShell, type Precached } from "./app-shell.ts";
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
  if (type === "page-ready") event.waitUntil(tend());
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

/** Set while files of an older version wait for its pages to close. */
let untidy = false;

async function takePages(): Promise<void> {
  await self.clients.claim();
  untidy = true;
  await tidy();
}

async function tend(): Promise<void> {
  // The browser may clear a cache and keep the worker.
  await mendShell(__SHELL_VERSION__, __PRECACHE__).catch(() => undefined);
  await tidy();
}

async function tidy(): Promise<void> {
  const { installing, waiting } = self.registration;
  const pages = await self.clients.matchAll({
    type: "window",
    includeUncontrolled: true,
  });
  if (!untidy || installing !== null || waiting !== null || pages.length > 1) return;
  await dropOldShells(__SHELL_VERSION__);
  untidy = false;
}
