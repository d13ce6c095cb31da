/** The sync engine's transport over HTTP. Owns the mapping from answers and errors to what the engine's machine understands. */
import type { Clock } from "../platform/ports.ts";
import type { Exchange, Transport } from "./transport.ts";
import { type ApiClient, ApiError } from "./client.ts";

export function httpTransport(api: ApiClient, clock: Clock): Transport {
  return {
    async exchange(frame, token) {
      const sentMs = clock.nowMs();
      try {
        const reply = await api.postBytes("/sync/1", frame, token);
        return { kind: "answered", reply, sentMs, receivedMs: clock.nowMs() };
      } catch (error) {
        return judge(error);
      }
    },
  };
}

function judge(error: unknown): Exchange {
  if (!(error instanceof ApiError) || error.code === "unreachable") return { kind: "unreachable" };
  if (error.status === 413) return { kind: "too_large" };
  // A portal's page says 401 or 403 of its own door, not of ours.
  if (error.status === 401 && error.code !== "not_ours")
    return {
      kind: error.code === "device_revoked" ? "revoked" : "unauthorised",
    };
  if (error.retry === "after_update") return { kind: "unsupported" };
  if (error.retry === "never") return { kind: "refused", code: error.code };
  return error.retryAfterMs === undefined ? { kind: "busy" } : { kind: "busy", retryAfterMs: error.retryAfterMs };
}
