/** Web push where it exists; always optional: the inbox has everything. */
import { ApiError } from "../api/client.ts";
import { pushLink } from "../platform/push-link.ts";
import type { Session } from "./session.ts";
import { withToken } from "./with-token.ts";

export type PushState = "unsupported" | "off" | "denied" | "on";

export async function readPushState(session: Session): Promise<PushState> {
  return (await pushLink(session.app.inside.page)?.state()) ?? "unsupported";
}

/** From a tap only. */
export async function turnPushOn(session: Session): Promise<PushState | "offline" | "refused"> {
  const push = pushLink(session.app.inside.page);
  if (push === undefined) return "unsupported";
  const { api } = session.app;
  try {
    const { key } = await withToken(
      session.credential,
      async (token) => (await api.json("/api/1/push/key", bearer(token))) as { key: string },
    );
    const subscription = await push.subscribe(key);
    if (subscription === "denied") return "denied";
    await withToken(session.credential, async (token) => await api.postJson("/api/1/push/subscription", subscription, token));
    return "on";
  } catch (error) {
    await push.unsubscribe().catch(() => undefined);
    return error instanceof ApiError && error.code === "unreachable" ? "offline" : "refused";
  }
}

export async function turnPushOff(session: Session): Promise<PushState> {
  const { api, inside } = session.app;
  await pushLink(inside.page)?.unsubscribe();
  try {
    await withToken(
      session.credential,
      async (token) =>
        await api.json("/api/1/push/subscription", {
          method: "DELETE",
          ...bearer(token),
        }),
    );
  } catch {
    // The server finds a dead subscription by itself at its next push.
  }
  return await readPushState(session);
}

function bearer(token: string): RequestInit {
  return { headers: { Authorization: `Bearer ${token}` } };
}
