/**
 * Requests to the server and the one error shape that answers them. Owns time-outs and the reading of errors; the phone decides on
 * `code` and `retry`, never on prose. Invariant: every failure is an ApiError.
 */
import type { Retry } from "../contracts/vocabularies.ts";
import type { Fetch, Timers } from "../platform/ports.ts";

/** `unreachable`: no answer; `not_ours`: an answer that is not this server's, such as a portal's page. */
export type ApiErrorCode = string | "unreachable" | "not_ours";

export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor(code: ApiErrorCode, status: number, retry: Retry, retryAfterMs?: number) {
    super(`${code} (${status})`);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

const TIMEOUT_MS = 60_000;

export class ApiClient {
  private readonly fetch: Fetch;
  private readonly timers: Timers;

  constructor(fetch: Fetch, timers: Timers) {
    this.fetch = fetch;
    this.timers = timers;
  }

  async postJson<T>(path: string, body: unknown, token?: string): Promise<T> {
    const headers: Record<string, string> = {
      "Content-Type": "application/json",
    };
    if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
    return (await this.json(path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    })) as T;
  }

  async postBytes(path: string, body: Uint8Array<ArrayBuffer>, token: string): Promise<unknown> {
    const headers = {
      "Content-Type": "application/octet-stream",
      Authorization: `Bearer ${token}`,
    };
    return await this.json(path, { method: "POST", headers, body });
  }

  async json(path: string, init: RequestInit): Promise<unknown> {
    return await this.answer(path, init, async (response) => {
      try {
        return (await response.json()) as unknown;
      } catch {
        throw new ApiError("not_ours", response.status, "later");
      }
    });
  }

  /** Reads a good answer inside the time-out; throws ApiError for everything else. */
  async answer<T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const cancel = this.timers.after(TIMEOUT_MS, () => abort.abort());
    try {
      const response = await this.fetch(path, {
        cache: "no-store",
        credentials: "omit",
        ...init,
        signal: abort.signal,
      });
      if (!response.ok) throw await readError(response);
      return await read(response);
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError("unreachable", 0, "later");
    } finally {
      cancel();
    }
  }
}

export async function readError(response: Response): Promise<ApiError> {
  const after = Number(response.headers.get("Retry-After"));
  const retryAfterMs = Number.isFinite(after) && after > 0 ? after * 1000 : undefined;
  try {
    const { code, retry } = (await response.json()) as {
      code?: unknown;
      retry?: unknown;
    };
    if (typeof code === "string" && isRetry(retry)) return new ApiError(code, response.status, retry, retryAfterMs);
  } catch {
    // Not our error shape: judged by its status below.
  }
  return new ApiError("not_ours", response.status, "later", retryAfterMs);
}

function isRetry(value: unknown): value is Retry {
  return value === "never" || value === "later" || value === "after_sign_in" || value === "after_update";
}
