/**
 * The marker outside the databases: who was here and how much the server had. Owns the comparison at start that finds a store which the
 * browser cleared, or which came back in an older state. Invariant: the marker never holds anything that a person wrote.
 */
import type { PersonRecord } from "../db/device-schema.ts";
import { watchTopics } from "../db/topics.ts";
import { heldBy } from "../db/waiting.ts";
import type { MarkerStore } from "../platform/ports.ts";
import type { Session } from "./session.ts";

/** Counts of events: written here, of these not yet at the server, and, of an older state of the store, found in it. */
export interface Seen {
  held: number;
  waiting: number;
  found: number;
  /** Events written in each stream, and of these found: by them it is known when the others have come back. */
  heads?: Record<string, number> | undefined;
  from?: Record<string, number>;
  /** Drafts that are no longer here; not above 0 where none is missing. */
  drafts?: number;
  /** It was shown in full. */
  told?: true;
}

interface PersonMarker {
  name: string;
  waiting: number;
  /** Absent in markers of older versions of the app. */
  held?: number;
  heads?: Record<string, number>;
  drafts?: number;
  /** Older states that came back, until somebody has read of them. */
  gone?: Seen[];
}

export type Markers = Record<string, PersonMarker>;

/** Writes the marker now and after every save and answer; returns the way to stop. */
export function keepMarker({ app, db, person: { id, name } }: Session): () => void {
  const { markers } = app.ports;
  let first = true;
  const write = async (): Promise<void> => {
    // Read before the database is, so that what another tab saves meanwhile does not look like something gone.
    const before = readMarkers(markers)[id];
    // Events written here are never fewer than before: leaving a stream moves and removes none.
    let [held, waiting] = [0, 0];
    const heads: Record<string, number> = {};
    const [streams, drafts] = await db.read(["streams", "drafts"], async (tx) => [
      await tx.objectStore("streams").getAll(),
      await tx.objectStore("drafts").count(),
    ]);
    for (const stream of streams) {
      held += heads[stream.stream] = heldBy(stream);
      waiting += heldBy(stream) - stream.acked;
    }
    const all = readMarkers(markers);
    let gone = all[id]?.gone;
    if (first && before?.held !== undefined && before.held > held) {
      gone = [
        ...(gone ?? []),
        {
          held: before.held,
          waiting: before.waiting,
          found: held,
          heads: before.heads,
          from: heads,
          drafts: (before.drafts ?? 0) - drafts,
        },
      ];
      app.inside.gone.value = true;
    }
    first = false;
    markers.write(JSON.stringify({ ...all, [id]: { name, waiting, held, heads, drafts, gone } }));
  };
  const writeQuietly = (): void => void write().catch(() => undefined);
  writeQuietly();
  return watchTopics(["events", "sync", "drafts"], writeQuietly);
}

/** Whether the markers, or the server at a sign-in, know of something that the databases do not have. */
export function isSomethingGone(markers: MarkerStore, here: readonly PersonRecord[]): boolean {
  return (
    here.some(({ unarrived }) => unarrived) ||
    Object.entries(readMarkers(markers)).some(([id, { gone }]) => gone ?? !here.some(({ person }) => person === id))
  );
}

export function readMarkers(markers: MarkerStore): Markers {
  try {
    const value: unknown = JSON.parse(markers.read() ?? "{}");
    return value !== null && typeof value === "object" ? (value as Markers) : {};
  } catch {
    return {};
  }
}
