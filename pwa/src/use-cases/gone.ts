/**
 * A store that the browser cleared, or that came back in an older state: what the markers know and the databases do not. Owns the arithmetic, and that
 * it is told until somebody has read it.
 */
import { listPeople } from "../db/people.ts";
import { isSomethingGone, readMarkers, type Seen } from "./markers.ts";
import type { AppCore } from "./session.ts";

/** Events that are no longer here. `back`: the server has them. `lost`: they were saved here and never arrived. */
export interface Gone {
  back: number;
  lost: number;
  /** All of it was cleared; else an older state of the store came back. */
  cleared: boolean;
}

export interface GonePerson extends Gone {
  name: string;
}

/** Told at every start until it was read. */
export async function readGone(app: AppCore): Promise<GonePerson[]> {
  const here = new Set((await listPeople(app.device)).map(({ person }) => person));
  return Object.entries(readMarkers(app.ports.markers)).flatMap(([person, { name, waiting, held = waiting, gone }]) => {
    const seen = here.has(person) ? (gone ?? []) : [...(gone ?? []), { held, waiting, found: 0 }];
    return seen.length === 0 ? [] : [{ name, ...seen.map(lacking).reduce(add) }];
  });
}

/** What was there and is not. Events go out in their order. */
export function lacking({ held, waiting, found }: Seen): Gone {
  const arrived = held - waiting;
  return { back: Math.max(0, arrived - found), lost: held - Math.max(arrived, found), cleared: found === 0 };
}

function add(left: Gone, right: Gone): Gone {
  return { back: left.back + right.back, lost: left.lost + right.lost, cleared: left.cleared || right.cleared };
}

/** The notice was read: from then on the marker knows only who is here. */
export async function forgetGone(app: AppCore): Promise<void> {
  const { markers } = app.ports;
  const people = await listPeople(app.device);
  const here = new Set(people.map(({ person }) => person));
  const kept = Object.entries(readMarkers(markers)).filter(([person]) => here.has(person));
  markers.write(JSON.stringify(Object.fromEntries(kept.map(([person, { gone: _, ...marker }]) => [person, marker]))));
  app.inside.gone.value = isSomethingGone(markers, people);
}
