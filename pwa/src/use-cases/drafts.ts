/** Drafts of journal entries: what is being written and not saved yet. One draft, one name; kept on this device. */
import { announce } from "../db/topics.ts";
import type { Session } from "./session.ts";

export interface Draft {
	draft: string;
	entry?: string;
	parents: string[];
	text: string;
	prompt?: string;
	pack?: string;
	lesson?: string;
	changedMs: number;
}

/** `draft` is a name of the caller's choice: "new", "new:<pack>/<lesson>", or the entry's id. */
export async function saveDraft(
	session: Session,
	draft: Omit<Draft, "changedMs">,
): Promise<void> {
	const changedMs = session.app.ports.clock.nowMs();
	await session.db.write(["drafts"], async (tx) => {
		await tx.objectStore("drafts").put({ ...draft, changedMs });
	});
	announce(["drafts"]);
}

export async function readDraft(
	session: Session,
	draft: string,
): Promise<Draft | null> {
	return (
		(await session.db.read(
			["drafts"],
			async (tx) => await tx.objectStore("drafts").get(draft),
		)) ?? null
	);
}

/** Newest first. Topic: drafts. */
export async function listDrafts(session: Session): Promise<Draft[]> {
	const drafts = await session.db.read(
		["drafts"],
		async (tx) => await tx.objectStore("drafts").getAll(),
	);
	return drafts.sort((left, right) => right.changedMs - left.changedMs);
}

export async function discardDraft(
	session: Session,
	draft: string,
): Promise<void> {
	await session.db.write(["drafts"], async (tx) => {
		await tx.objectStore("drafts").delete(draft);
	});
	announce(["drafts"]);
}
