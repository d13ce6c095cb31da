/**
 * One IndexedDB database and its transactions. Owns opening, reopening after the browser cut the connection, durability, and the rule
 * that a failed transaction leaves nothing behind. Invariant: `write` resolves only after a strict commit.
 */
import {
	type DBSchema,
	type IDBPDatabase,
	type IDBPTransaction,
	openDB,
	type StoreNames,
} from "idb";

export type Tx<
	S extends DBSchema,
	N extends StoreNames<S>,
	M extends IDBTransactionMode,
> = IDBPTransaction<S, N[], M>;

/** Names say what the version brought; the list only grows. */
export type Migration<S extends DBSchema> = {
	name: string;
	run: (
		db: IDBPDatabase<S>,
		tx: IDBPTransaction<S, StoreNames<S>[], "versionchange">,
	) => void;
};

export class StorageError extends Error {
	readonly code: "blocked" | "closed" | "full" | "unavailable";
	constructor(code: StorageError["code"], reason: unknown) {
		super(
			`storage ${code}: ${reason instanceof Error ? `${reason.name} ${reason.message}` : String(reason)}`,
		);
		this.name = "StorageError";
		this.code = code;
	}
}

export class Database<S extends DBSchema> {
	readonly name: string;
	private readonly migrations: readonly Migration<S>[];
	private connection: Promise<IDBPDatabase<S>> | undefined;
	private closed = false;

	constructor(name: string, migrations: readonly Migration<S>[]) {
		this.name = name;
		this.migrations = migrations;
	}

	async read<N extends StoreNames<S>, T>(
		stores: readonly N[],
		work: (tx: Tx<S, N, "readonly">) => Promise<T>,
	): Promise<T> {
		return await this.withConnection(
			async (db) => await settle(db.transaction([...stores], "readonly"), work),
		);
	}

	async write<N extends StoreNames<S>, T>(
		stores: readonly N[],
		work: (tx: Tx<S, N, "readwrite">) => Promise<T>,
	): Promise<T> {
		return await this.withConnection(
			async (db) =>
				await settle(
					db.transaction([...stores], "readwrite", { durability: "strict" }),
					work,
				),
		);
	}

	close(): void {
		this.closed = true;
		const connection = this.connection;
		this.connection = undefined;
		void connection?.then((db) => db.close()).catch(() => undefined);
	}

	private async withConnection<T>(
		use: (db: IDBPDatabase<S>) => Promise<T>,
	): Promise<T> {
		if (this.closed) throw new StorageError("closed", this.name);
		try {
			return await use(await this.open());
		} catch (error) {
			if (!isLostConnection(error)) throw asStorageError(error);
			this.connection = undefined;
			return await use(await this.open());
		}
	}

	private async open(): Promise<IDBPDatabase<S>> {
		this.connection ??= openDB<S>(this.name, this.migrations.length, {
			upgrade: (db, oldVersion, _newVersion, tx) => {
				for (const migration of this.migrations.slice(oldVersion))
					migration.run(db, tx);
			},
			// A newer version of the app in another tab wants to migrate: let it; the next use here opens again.
			blocking: (_current, _blocked, event) => {
				(event.target as IDBDatabase | null)?.close();
				this.connection = undefined;
			},
			terminated: () => {
				this.connection = undefined;
			},
		}).catch((error: unknown) => {
			this.connection = undefined;
			throw new StorageError("unavailable", error);
		});
		return await this.connection;
	}
}

async function settle<X extends { done: Promise<void>; abort(): void }, T>(
	tx: X,
	work: (tx: X) => Promise<T>,
): Promise<T> {
	// Heard early, so that an abort is not also an unhandled rejection; awaited below.
	const done = tx.done.then(
		() => undefined,
		(error: unknown) => ({ error }),
	);
	let result: T;
	try {
		result = await work(tx);
	} catch (error) {
		try {
			tx.abort();
		} catch {
			// It had ended by itself; the first error is the one that tells.
		}
		await done;
		throw error;
	}
	const failure = await done;
	if (failure !== undefined) throw failure.error;
	return result;
}

function isLostConnection(error: unknown): boolean {
	return error instanceof DOMException && error.name === "InvalidStateError";
}

function asStorageError(error: unknown): unknown {
	return error instanceof DOMException && error.name === "QuotaExceededError"
		? new StorageError("full", error)
		: error;
}
