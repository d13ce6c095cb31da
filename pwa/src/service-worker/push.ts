/** A push becomes a notification; a tap on it opens the app at its place. Owns the reading of the payload, which is the server's. */

declare const self: ServiceWorkerGlobalScope;

interface PushMessage {
  title?: unknown;
  body?: unknown;
  link?: unknown;
  item?: unknown;
}

export async function showPush(event: PushEvent): Promise<void> {
  const message = readMessage(event.data);
  await self.registration.showNotification(textOr(message.title, "雪炭"), {
    body: textOr(message.body, ""),
    icon: "/icons/icon-192.png",
    badge: "/icons/badge-96.png",
    data: { link: safePath(message.link) },
    ...(typeof message.item === "string" ? { tag: message.item } : {}),
  });
}

export async function openFromNotification(event: NotificationEvent): Promise<void> {
  event.notification.close();
  const { link } = (event.notification.data ?? {}) as { link?: unknown };
  const path = safePath(link);
  const pages = await self.clients.matchAll({
    type: "window",
    includeUncontrolled: true,
  });
  const [page] = pages;
  if (page === undefined) {
    await self.clients.openWindow(path);
    return;
  }
  // The page goes there itself: a navigation from outside would end a quiz or an entry that is open.
  page.postMessage({ type: "go", path });
  await page.focus();
}

function readMessage(data: PushMessageData | null): PushMessage {
  try {
    const value: unknown = data?.json();
    return value !== null && typeof value === "object" ? (value as PushMessage) : {};
  } catch {
    return {};
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

/** A path inside the app, never another site. */
function safePath(value: unknown): string {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : "/";
}
