/**
 * One IndexedDB database and its transactions. Owns opening, reopening after the browser cut the connection, durability, and the rule
 * that a failed transaction leaves nothing behind, and the second try where there was no space. Invariant: `write` resolves only after a strict commit.
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";

export type Tx<S extends DBSchema, N extends StoreNames<S>, M extends IDBTransactionMode> = IDBPTransaction<S, N[], M>;

/** Names say what the version brought; the list only grows. */
export type Migration<S extends DBSchema> = {
  name: string;
  run: (db: IDBPDatabase<S>, tx: IDBPTransaction<S, StoreNames<S>[], "versionchange">) => void;
};

export class StorageError extends Error {
  readonly code: "blocked" | "closed" | "full" | "unavailable";
  constructor(code: StorageError["code"], reason: unknown) {
    super(`storage ${code}: ${reason instanceof Error ? `${reason.name} ${reason.message}` : String(reason)}`);
    this.name = "StorageError";
    this.code = code;
  }
}

export function isFull(error: unknown): boolean {
  return error instanceof StorageError && error.code === "full";
}

/** For what is nice to have stored: `write.catch(unlessFull)`. Other failures stay failures. */
export function unlessFull(error: unknown): void {
  if (!isFull(error)) throw error;
}

interface Transaction {
  done: Promise<void>;
  abort(): void;
}

export class Database<S extends DBSchema> {
  readonly name: string;
  /** Set by who knows what can go: whether there is more room now. */
  makeRoom?: () => Promise<boolean | undefined>;
  private readonly migrations: readonly Migration<S>[];
  private connection: Promise<IDBPDatabase<S>> | undefined;
  private closed = false;

  constructor(name: string, migrations: readonly Migration<S>[]) {
    this.name = name;
    this.migrations = migrations;
  }

  async read<N extends StoreNames<S>, T>(stores: readonly N[], work: (tx: Tx<S, N, "readonly">) => Promise<T>): Promise<T> {
    return await this.run((db) => db.transaction([...stores], "readonly"), work);
  }

  async write<N extends StoreNames<S>, T>(stores: readonly N[], work: (tx: Tx<S, N, "readwrite">) => Promise<T>): Promise<T> {
    const once = async (): Promise<T> => await this.run((db) => db.transaction([...stores], "readwrite", { durability: "strict" }), work);
    try {
      return await once();
    } catch (error) {
      // For want of space nothing was committed, so nothing is done twice.
      if (!isFull(error) || !(await this.makeRoom?.())) throw error;
      return await once();
    }
  }

  close(): void {
    this.closed = true;
    const connection = this.connection;
    this.connection = undefined;
    void connection?.then((db) => db.close()).catch(() => undefined);
  }

  /** A lost connection is opened again for the beginning of a transaction only: work that may have been committed is never repeated. */
  private async run<X extends Transaction, T>(begin: (db: IDBPDatabase<S>) => X, work: (tx: X) => Promise<T>): Promise<T> {
    if (this.closed) throw new StorageError("closed", this.name);
    const db = await this.open();
    const { connection } = this;
    let tx: X;
    try {
      tx = begin(db);
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      this.forget(connection);
      tx = begin(await this.open());
    }
    try {
      return await settle(tx, work);
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /** A newer connection stays. */
  private forget(connection: Promise<IDBPDatabase<S>> | undefined): void {
    if (this.connection === connection) this.connection = undefined;
  }

  private async open(): Promise<IDBPDatabase<S>> {
    if (this.connection !== undefined) return await this.connection;
    const lost = (): void => this.forget(opening);
    const at = async (): Promise<IDBPDatabase<S>> => await this.openAt(this.migrations.length, lost);
    // The browser's storage process may just have gone: once more.
    const opening: Promise<IDBPDatabase<S>> = at()
      .catch(async (error: unknown) => {
        if (!isLostConnection(error)) throw error;
        return await at();
      })
      .catch((error: unknown) => {
        lost();
        throw error instanceof StorageError ? error : new StorageError("unavailable", error);
      });
    this.connection = opening;
    return await opening;
  }

  /** `version` undefined: as it is. Migrations only add, so an older app in an open tab goes on saving into a newer database. */
  private async openAt(version: number | undefined, lost: () => void): Promise<IDBPDatabase<S>> {
    let refuse: (reason: StorageError) => void = () => undefined;
    const blocked = new Promise<never>((_resolve, reject) => (refuse = reject));
    try {
      const opening = openDB<S>(this.name, version, {
        upgrade: (db, oldVersion, _newVersion, tx) => {
          for (const migration of this.migrations.slice(oldVersion)) migration.run(db, tx);
        },
        // A newer version of the app in another tab wants to migrate: let it; the next use here opens again.
        blocking: (_current, _blocked, event) => {
          (event.target as IDBDatabase | null)?.close();
          lost();
        },
        terminated: lost,
        // A tab that does not even hear: an answer that says so is better than an empty page.
        blocked: () => {
          refuse(new StorageError("blocked", this.name));
          void opening.then((late) => late.close()).catch(() => undefined);
        },
      });
      return await Promise.race([opening, blocked]);
    } catch (error) {
      if (version === undefined || !(error instanceof DOMException) || error.name !== "VersionError") throw error;
      return await this.openAt(undefined, lost);
    }
  }
}

async function settle<X extends Transaction, T>(tx: X, work: (tx: X) => Promise<T>): Promise<T> {
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
  // Safari says the latter two when its storage process has gone.
  return error instanceof DOMException && ["InvalidStateError", "UnknownError", "AbortError"].includes(error.name);
}

function asStorageError(error: unknown): unknown {
  return error instanceof DOMException && error.name === "QuotaExceededError" ? new StorageError("full", error) : error;
}
