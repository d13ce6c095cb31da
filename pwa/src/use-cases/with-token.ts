/** Calls of screens to the server, each with the person's token. */
import { ApiError } from "../api/client.ts";
import type { Credential } from "../api/transport.ts";

/** A call with the person's token, renewed once when it has expired. */
export async function withToken<T>(credential: Credential, call: (token: string) => Promise<T>): Promise<T> {
  try {
    return await call(await credential.token());
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || (await credential.renew()) !== "renewed") throw error;
    return await call(await credential.token());
  }
}
