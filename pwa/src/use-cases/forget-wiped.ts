/** The notice of a cleared store was read: from then on the marker knows only who is here. */
import { listPeople } from "../db/people.ts";
import { readMarkers } from "./markers.ts";
import type { AppCore } from "./session.ts";

export async function forgetWiped(app: AppCore): Promise<void> {
  const { markers } = app.ports;
  const here = new Set((await listPeople(app.device)).map(({ person }) => person));
  markers.write(JSON.stringify(Object.fromEntries(Object.entries(readMarkers(markers)).filter(([person]) => here.has(person)))));
}
