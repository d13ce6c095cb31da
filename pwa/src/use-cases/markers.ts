/**
 * The marker outside the databases: who was here and how much the server had. Owns the comparison at start that finds a store which the
 * browser cleared. Invariant: the marker never holds anything that a person wrote.
 */
import type { PersonRecord } from "../db/device-schema.ts";
import { watchTopics } from "../db/topics.ts";
import { countWaiting } from "../db/waiting.ts";
import type { MarkerStore } from "../platform/ports.ts";
import type { Session } from "./session.ts";

interface PersonMarker {
  name: string;
  /** Events that the server did not have when this was written. */
  waiting: number;
}

type Markers = Record<string, PersonMarker>;

export interface WipedPerson {
  name: string;
  lost: number;
}

/** Writes the marker now and after every save and answer; returns the way to stop. */
export function keepMarker(session: Session): () => void {
  const { markers } = session.app.ports;
  const write = async (): Promise<void> => {
    const waiting = await countWaiting(session.db);
    const all = readMarkers(markers);
    const before = all[session.person.id];
    if (before?.waiting === waiting && before.name === session.person.name) return;
    markers.write(
      JSON.stringify({
        ...all,
        [session.person.id]: { name: session.person.name, waiting },
      }),
    );
  };
  const writeQuietly = (): void => void write().catch(() => undefined);
  writeQuietly();
  return watchTopics(["events", "sync"], writeQuietly);
}

/** People whom the marker knows and the database does not: the browser cleared the store. Told at every start until somebody has read it. */
export function findWiped(markers: MarkerStore, people: readonly PersonRecord[]): WipedPerson[] {
  return Object.entries(readMarkers(markers))
    .filter(([person]) => !people.some((record) => record.person === person))
    .map(([, { name, waiting }]) => ({ name, lost: waiting }));
}

export function readMarkers(markers: MarkerStore): Markers {
  try {
    const value: unknown = JSON.parse(markers.read() ?? "{}");
    return value !== null && typeof value === "object" ? (value as Markers) : {};
  } catch {
    return {};
  }
}
