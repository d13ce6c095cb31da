/** A person's token and its renewal by the device key. Owns where the token is kept; the sync engine decides when to renew. */
import { type ApiClient, ApiError } from "../api/client.ts";
import { renewSession } from "../api/sessions.ts";
import type { Credential } from "../api/transport.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import { changePerson, findPerson } from "../db/people.ts";

export function credentialOf(
	person: string,
	device: DeviceDatabase,
	api: ApiClient,
	crypto: SubtleCrypto,
): Credential {
	return {
		async token() {
			return (await findPerson(device, person))?.token ?? "";
		},
		async renew() {
			const record = await findPerson(device, person);
			if (record === undefined) return "refused";
			try {
				const answer = await renewSession(
					api,
					crypto,
					record.device,
					record.keys,
				);
				await changePerson(device, person, (now) => ({
					...now,
					token: answer.token,
					tokenExpiresMs: answer.token_expires_ms,
				}));
				return "renewed";
			} catch (error) {
				return judge(error);
			}
		},
	};
}

function judge(error: unknown): Awaited<ReturnType<Credential["renew"]>> {
	if (!(error instanceof ApiError) || error.code === "unreachable")
		return "unreachable";
	if (error.code === "device_revoked") return "revoked";
	if (error.status === 401 || error.status === 403) return "refused";
	return "busy";
}

/** A call with the person's token, renewed once when it has expired. */
export async function withToken<T>(
	credential: Credential,
	call: (token: string) => Promise<T>,
): Promise<T> {
	try {
		return await call(await credential.token());
	} catch (error) {
		if (
			!(error instanceof ApiError) ||
			error.status !== 401 ||
			(await credential.renew()) !== "renewed"
		)
			throw error;
		return await call(await credential.token());
	}
}
