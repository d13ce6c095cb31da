/**
 * A store that the browser cleared, or that came back in an older state: what the markers know and the databases do not. Owns the arithmetic, and that
 * it is told until somebody has read it, or until all of it has come back.
 */
import { listPeople } from "../db/people.ts";
import { isSomethingGone, type Markers, readMarkers, type Seen } from "./markers.ts";
import type { AppCore, Session } from "./session.ts";

/** Events that are no longer here. `back`: the server has them. `lost`: they were saved here and never arrived. */
export interface Gone {
  back: number;
  lost: number;
  /** Drafts that were in it: no server has them. */
  drafts: number;
  /** All of it was cleared; else an older state of the store came back. */
  cleared: boolean;
}

export interface GonePerson extends Gone {
  name: string;
  /** It was shown in full before. */
  told: boolean;
}

/** Told at every start until it was read. Of the person who is open it is less with everything that comes back; once nothing is missing it is forgotten. */
export async function readGone(app: AppCore): Promise<GonePerson[]> {
  const people = await listPeople(app.device);
  const here = new Set(people.map(({ person }) => person));
  const open = app.session.peek();
  const told: GonePerson[] = [];
  for (const [person, { name, waiting, held = waiting, drafts, gone }] of Object.entries(readMarkers(app.ports.markers))) {
    const seen: Seen[] = here.has(person) ? (gone ?? []) : [...(gone ?? []), { held, waiting, found: 0, ...(drafts && { drafts }) }];
    const lacks = await Promise.all(seen.map(async (one) => await stillLacking(one, open?.person.id === person ? open : null)));
    const left = lacks.filter(({ back, lost, drafts: begun }) => back + lost + begun > 0);
    if (left.length > 0) told.push({ name, ...left.reduce(add), told: seen.every((one) => one.told) });
    else if (seen.length > 0)
      changeMarkers(app, (all) => Object.fromEntries(Object.entries(all).map(([id, one]) => [id, id === person ? read(one) : one])));
  }
  app.inside.gone.value = isSomethingGone(app.ports.markers, people);
  return told;
}

/** What was there and is not. Events go out in their order. */
export function lacking({ held, waiting, found, drafts = 0 }: Seen): Gone {
  const arrived = held - waiting;
  return {
    back: Math.max(0, arrived - found),
    lost: held - Math.max(arrived, found),
    drafts: Math.max(0, drafts),
    cleared: found === 0,
  };
}

/** Less what came back by the server since. Markers of older versions of the app do not know of which streams it was. */
async function stillLacking(seen: Seen, session: Session | null): Promise<Gone> {
  const gone = lacking(seen);
  if (session === null || seen.heads === undefined) return gone;
  const back = new Map(Object.entries(seen.from ?? {}));
  const pulled = await session.db.read(["entries"], async (tx) => await tx.objectStore("entries").getAll());
  // What this database wrote since, perhaps at the very places of what is missing, is something else.
  for (const { stream, first, n, own } of pulled) if (!own) back.set(stream, Math.max(back.get(stream) ?? 0, first + n));
  const missing = Object.entries(seen.heads).reduce((all, [stream, head]) => all + Math.max(0, head - (back.get(stream) ?? 0)), 0);
  const lost = Math.min(gone.lost, missing);
  return { ...gone, lost, back: Math.min(gone.back, missing - lost) };
}

function add(left: Gone, right: Gone): Gone {
  return {
    back: left.back + right.back,
    lost: left.lost + right.lost,
    drafts: left.drafts + right.drafts,
    cleared: left.cleared || right.cleared,
  };
}

/** It was shown in full: from now on it takes little room. */
export function noteTold(app: AppCore): void {
  changeMarkers(app, (all) =>
    Object.fromEntries(
      Object.entries(all).map(([person, marker]) => [
        person,
        { ...marker, ...(marker.gone && { gone: marker.gone.map((one) => ({ ...one, told: true as const })) }) },
      ]),
    ),
  );
}

function changeMarkers({ ports: { markers } }: AppCore, change: (all: Markers) => Markers): void {
  markers.write(JSON.stringify(change(readMarkers(markers))));
}

/** The notice was read: from then on the marker knows only who is here. */
export async function forgetGone(app: AppCore): Promise<void> {
  const people = await listPeople(app.device);
  const here = new Set(people.map(({ person }) => person));
  changeMarkers(app, (all) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([person]) => here.has(person))
        .map(([person, marker]) => [person, read(marker)]),
    ),
  );
  app.inside.gone.value = isSomethingGone(app.ports.markers, people);
}

function read({ gone: _, ...marker }: Markers[string]): Markers[string] {
  return marker;
}
