/** What other phones of a person never sent: told at a sign-in, until it was read, has arrived, or is here itself. */
import { expect, test } from "vitest";
import { findPerson, listPeople } from "../db/people.ts";
import { openPerson } from "../testing/app.ts";
import { app, person } from "../testing/signing-in.ts";
import { isSomethingGone } from "./markers.ts";
import { signIn } from "./sign-in.ts";
import { forgetUnarrived, readUnarrived } from "./unarrived.ts";

const OLD = { stream: "old", name: "红米", head: 9, count: 4, heard_ms: 1000 };

/** The server tells this with the next sign-in. */
async function signInHearing(...told: object[]): Promise<void> {
  const [route] = app.ports.fake.routes;
  app.ports.fake.routes[0] = async (path, init) => {
    const answer = await route?.(path, init);
    if (answer === undefined) return undefined;
    return Response.json({ ...((await answer.json()) as object), unarrived: told.length > 0 ? told : null });
  };
  expect(await signIn(app, { code: "18ZWDCGBGG", pin: "1234" })).toMatchObject({ ok: true });
  if (route) app.ports.fake.routes[0] = route;
}

async function pull(stream: string, first: number, n: number): Promise<void> {
  const entry = {
    scope: `u:${person}`,
    position: first + 1,
    stream,
    first,
    n,
    by: person,
    role: "owner",
    after: false,
    at: 1,
    off: 0,
    own: false,
  };
  await app.session.peek()?.db.write(["entries"], async (tx) => void (await tx.objectStore("entries").put(entry)));
}

test("it is told after the sign-in and at every start, and never again once it was read", async () => {
  await signInHearing(OLD);
  expect(app.inside.gone.value).toBe(true);
  expect(isSomethingGone(app.ports.markers, await listPeople(app.device))).toBe(true);
  expect(await readUnarrived(app)).toEqual([OLD]);
  await forgetUnarrived(app);
  expect(app.inside.gone.value).toBe(false);
  expect((await findPerson(app.device, person))?.unarrived).toBeUndefined();
  await signInHearing(OLD);
  expect(await readUnarrived(app)).toEqual([]);
  expect(app.inside.gone.value).toBe(false);
  await signInHearing({ ...OLD, head: 12, count: 7 });
  expect(await readUnarrived(app)).toMatchObject([{ count: 7 }]);
});

test("what arrived since, by whichever way, is told no more", async () => {
  await signInHearing(OLD);
  await pull("old", 0, 5);
  expect(await readUnarrived(app)).toMatchObject([{ count: 4 }]);
  await pull("old", 5, 2);
  expect(await readUnarrived(app)).toMatchObject([{ count: 2 }]);
  await pull("old", 7, 2);
  expect(await readUnarrived(app)).toEqual([]);
  expect(app.inside.gone.value).toBe(false);
});

test("what this phone holds itself is on its way, and of whom is not open nothing is told", async () => {
  await signInHearing();
  expect(app.inside.gone.value).toBe(false);
  const own = (await app.session.peek()?.db.read(["streams"], async (tx) => await tx.objectStore("streams").getAllKeys())) ?? [];
  await signInHearing({ ...OLD, stream: own[0] });
  expect(await readUnarrived(app)).toEqual([]);
  await signInHearing(OLD);
  await openPerson(app);
  expect(await readUnarrived(app)).toEqual([]);
  await forgetUnarrived(app);
  expect((await findPerson(app.device, person))?.unarrived).toEqual([OLD]);
});
