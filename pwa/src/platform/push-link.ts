/** Web push as the browser has it. Owns nothing but the calls; the server keeps the subscription. */
import type { WorkerLink } from "./worker-link.ts";

export interface PushLink {
  state(): Promise<"off" | "denied" | "on">;
  subscribe(applicationServerKey: string): Promise<{ endpoint: string; keys: { p256dh: string; auth: string } } | "denied">;
  unsubscribe(): Promise<void>;
}

/** Undefined where the browser has no push. */
export function pushLink(link: Pick<WorkerLink, "registration">): PushLink | undefined {
  if (!("PushManager" in window) || !("Notification" in window)) return undefined;
  const current = async (): Promise<PushSubscription | null> => (await (await link.registration())?.pushManager.getSubscription()) ?? null;
  return {
    async state() {
      if (Notification.permission === "denied") return "denied";
      return Notification.permission === "granted" && (await current()) !== null ? "on" : "off";
    },
    async subscribe(applicationServerKey) {
      if ((await Notification.requestPermission()) !== "granted") return "denied";
      const registration = await link.registration();
      if (registration === undefined) return "denied";
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey,
      });
      const { endpoint, keys } = subscription.toJSON();
      return {
        endpoint: endpoint ?? "",
        keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
      };
    },
    async unsubscribe() {
      await (await current())?.unsubscribe();
    },
  };
}
