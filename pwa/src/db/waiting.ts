/** What of this phone's work the server does not have yet. Owns the count; a pure reading. */
import { getPersonMeta } from "./meta.ts";
import type { PersonDatabase, StreamRecord } from "./person-schema.ts";

export function heldBy(stream: StreamRecord): number {
	return stream.limit ?? stream.next;
}

export async function countWaiting(db: PersonDatabase): Promise<number> {
	const streams = await db.read(
		["streams"],
		async (tx) => await tx.objectStore("streams").getAll(),
	);
	return streams.reduce(
		(sum, stream) => sum + heldBy(stream) - stream.acked,
		0,
	);
}

/** Head of the current stream and what of it was acknowledged: kept as a marker outside the database. */
export async function readHead(
	db: PersonDatabase,
): Promise<{ stream: string; head: number; waiting: number }> {
	return await db.read(["meta", "streams"], async (tx) => {
		const meta = await getPersonMeta(tx);
		const streams = await tx.objectStore("streams").getAll();
		const current = streams.find((stream) => stream.stream === meta.current);
		const waiting = streams.reduce(
			(sum, stream) => sum + heldBy(stream) - stream.acked,
			0,
		);
		return { stream: meta.current, head: current?.next ?? 0, waiting };
	});
}
