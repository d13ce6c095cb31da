/**
 * Every database of a phone, by the names that contracts/sync_versions.yaml has for them. Owns the list and the making of a dump of one version; the
 * test beside `db/database.ts` opens them all.
 */
import type { DBSchema } from "idb";
import { CARRIED_MIGRATIONS } from "../../db/carried.ts";
import { Database, type Migration } from "../../db/database.ts";
import { DEVICE_MIGRATIONS } from "../../db/device-schema.ts";
import { HUBS_MIGRATIONS } from "../../db/hubs.ts";
import { PERSON_MIGRATIONS } from "../../db/person-schema.ts";
import { fillCarried, fillDevice } from "./device.ts";
import { type DatabaseDump, shapeOf, takeDump } from "./dump.ts";
import { fillHubs, fillPerson } from "./person.ts";
import { type SentFrame, ServerOfTheYears, TEACHER } from "./server.ts";

/** With what the server had been sent by then; only a person's database has that. */
export type KeptDump = DatabaseDump & { sent?: SentFrame[] };

interface KnownDatabase {
  /** What the browser calls it. */
  name: string;
  versions: number;
  /** Nothing in it, made by the first so many migrations of today's code. */
  empty(version: number, name: string): Promise<void>;
  /** Filled by today's code as a phone of that version would have been; what a server was sent meanwhile. */
  fill(version: number): Promise<SentFrame[] | undefined>;
}

/** Photos, and what is safe in a backup, came with the second version of a person's database. */
const PHOTOS_SINCE = 2;

export const DATABASES = {
  person: known(`xuetan-${TEACHER}`, PERSON_MIGRATIONS, async (version) => {
    const server = new ServerOfTheYears();
    await fillPerson(server, version >= PHOTOS_SINCE);
    return server.sent;
  }),
  device: known("xuetan-device", DEVICE_MIGRATIONS, fillDevice),
  hubs: known(`xuetan-${TEACHER}-hubs`, HUBS_MIGRATIONS, fillHubs),
  carried: known("xuetan-device-carried", CARRIED_MIGRATIONS, fillCarried),
} as const;

export type DatabaseName = keyof typeof DATABASES;

/** Needs an IndexedDB with nothing in it. A version before today's keeps the stores that it had. */
export async function makeDump(of: DatabaseName, version: number): Promise<KeptDump> {
  const database = DATABASES[of];
  if (version < 1 || version > database.versions) throw new Error(`there is no version ${version} of ${of}`);
  const sent = await database.fill(version);
  const filled = await takeDump(database.name);
  const shape = await emptyShape(of, version);
  const stores = shape.map((store) => ({ ...store, rows: filled.stores.find(({ name }) => name === store.name)?.rows ?? [] }));
  return { version, stores, ...(sent === undefined ? {} : { sent }) };
}

/** Stores and indexes of a new database of that version. */
export async function emptyShape(of: DatabaseName, version: number): Promise<ReturnType<typeof shapeOf>> {
  const name = `empty-${of}-${version}`;
  await DATABASES[of].empty(version, name);
  return shapeOf(await takeDump(name));
}

function known<S extends DBSchema>(
  name: string,
  migrations: readonly Migration<S>[],
  fill: (version: number) => Promise<SentFrame[] | void>,
): KnownDatabase {
  return {
    name,
    versions: migrations.length,
    fill: async (version) => (await fill(version)) ?? undefined,
    async empty(version, empty) {
      const db = new Database<S>(empty, migrations.slice(0, version));
      // Opens it and then is refused: a transaction over no store is none.
      await db.read([], async () => undefined).catch(() => undefined);
      db.close();
    },
  };
}
