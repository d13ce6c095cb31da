/** Who is not on screen: what they have not sent goes under their own credential, where no worker does it. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type CarriedRecord, listCarried, putCarried } from "../db/carried.ts";
import type { PersonRecord } from "../db/device-schema.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { countWaiting } from "../db/waiting.ts";
import { ProtocolServer } from "../sync/testing/protocol-server.ts";
import { addPerson, makeApp, openPerson, type TestApp } from "../testing/app.ts";
import { savedPhoto } from "../testing/file-server.ts";
import { until } from "../testing/until.ts";
import { saveEntry } from "./journal.ts";
import { openSession } from "./open-session.ts";
import type { Session } from "./session.ts";
import { syncOthers } from "./sync-others.ts";

let app: TestApp;
let server: ProtocolServer;
/** Whose token asked, in order. */
let asked: string[];
let files: string[];
let open: Session[];

beforeEach(() => {
  app = makeApp();
  server = new ProtocolServer();
  [asked, files, open] = [[], [], []];
  app.ports.fake.online = true;
  app.ports.fake.routes.push(async (path, init) => {
    const headers = new Headers(init.headers);
    const person = headers.get("Authorization")?.slice("Bearer ".length) ?? "";
    if (path.startsWith("/files/")) {
      files.push(`${init.method} ${person} ${path}`);
      const length = headers.get("Upload-Length");
      return new Response(null, { status: 200, headers: { "Upload-Offset": length ?? "0" } });
    }
    if (path === "/sync/1/files") {
      files.push(`${init.method} ${person} ${path}`);
      return Response.json({ device: "device-2", name: "王老师", taken: 1, known: 0, aside: 0, done: true });
    }
    if (path !== "/sync/1") return undefined;
    asked.push(person);
    onAsked(person);
    if (silent.has(person)) return undefined;
    if (busy.has(person)) return new Response(null, { status: 503, headers: { "Retry-After": "3600" } });
    return Response.json(await server.handle(init.body as Uint8Array<ArrayBuffer>, { person, device: "device-1" }));
  });
});

afterEach(() => {
  silent.clear();
  busy.clear();
  onAsked = () => undefined;
  for (const session of open) session.close();
  vi.restoreAllMocks();
});

/** What happens meanwhile on this phone. */
let onAsked: (person: string) => void = () => undefined;

/** The server is not reached for them. */
const silent = new Set<string>();

/** The server asks to leave it alone for an hour. */
const busy = new Set<string>();

const CARRIED: CarriedRecord = {
  file: "f",
  kind: "transfers",
  device: "device-2",
  name: "王老师",
  madeMs: 1,
  takenMs: 1,
  state: "waiting",
  bytes: new Uint8Array(10),
};

/** Somebody who wrote with no line, and handed the phone on. */
async function wrote(person: string, photo = false): Promise<PersonRecord> {
  const record = await addPerson(app, { person, token: person });
  server.addMember(`u:${person}`, person, "owner");
  silent.add(person);
  const session = await openSession(app, record);
  if (photo) await savedPhoto(session);
  else await saveEntry(session, { parents: [], text: `${person}写的` });
  session.close();
  app.inside.session.value = null;
  await until(() => expect(asked).toContain(person));
  await atRest(session);
  return record;
}

/** Its tries are over. */
async function atRest(session: Session): Promise<void> {
  await until(() => {
    app.ports.fake.pass(60_000);
    expect(session.engine.running).toBe(false);
  });
}

async function onScreen(person: string): Promise<Session> {
  server.addMember(`u:${person}`, person, "owner");
  const session = await openPerson(app, { person, token: person });
  open.push(session);
  return session;
}

async function waits(person: string): Promise<number> {
  const db = openPersonDatabase(person);
  try {
    return await countWaiting(db);
  } finally {
    db.close();
  }
}

/** What is under way for others is over. */
async function othersDone(): Promise<void> {
  await app.ports.locks.exclusive("xuetan-others", "wait", async () => await Promise.resolve());
}

/** Another tab has the person open and hangs; the way to end that. */
function hangs(person: string): () => void {
  let end = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (end = resolve));
  void app.ports.locks.exclusive(`xuetan-sync-${person}`, "wait", async () => await hanging);
  return end;
}

test("what they wrote goes after the open person's own run, each under their own token", async () => {
  for (const person of ["others-a", "others-b"]) await wrote(person);
  silent.clear();
  asked.length = 0;
  await onScreen("others-c");
  await until(() => expect(server.eventsOf("u:others-a")).toHaveLength(1));
  await until(() => expect(server.eventsOf("u:others-b")).toHaveLength(1));
  expect(asked[0]).toBe("others-c");
  expect(server.quarantined).toBe(0);
  await until(async () => expect(await waits("others-a")).toBe(0));
  expect(app.session.peek()?.person.id).toBe("others-c");
});

test("their photos go too", async () => {
  await wrote("others-d", true);
  silent.clear();
  await onScreen("others-e");
  await until(() => expect(files.filter((one) => one.startsWith("POST others-d /files/u:others-d/"))).toHaveLength(1));
});

test("who has nothing to send is not asked about, and nobody is where the server is not reached", async () => {
  await wrote("others-f");
  asked.length = 0;
  silent.add("others-g");
  const session = await onScreen("others-g");
  await until(() => expect(session.engine.running).toBe(true));
  await atRest(session);
  expect(asked).not.toContain("others-f");
  silent.clear();
  await session.scheduler.now();
  await until(() => expect(server.eventsOf("u:others-f")).toHaveLength(1));
  const before = asked.filter((person) => person === "others-f").length;
  app.ports.fake.nowMs += 3_600_000;
  await session.scheduler.now();
  await session.scheduler.now();
  expect(asked.filter((person) => person === "others-f")).toHaveLength(before);
});

test("who hangs in another tab keeps nobody else's work here, and is looked at again after a while", async () => {
  for (const person of ["others-h", "others-i"]) await wrote(person);
  silent.clear();
  asked.length = 0;
  const end = hangs("others-h");
  const session = await onScreen("others-j");
  await until(() => expect(server.eventsOf("u:others-i")).toHaveLength(1));
  await othersDone();
  end();
  await syncOthers(session);
  expect(asked).not.toContain("others-h");
  app.ports.fake.nowMs += 5 * 60_000;
  await syncOthers(session);
  expect(server.eventsOf("u:others-h")).toHaveLength(1);
});

test("whom the server asks to wait an hour keeps nobody else's work here, nor their own once they are back", async () => {
  const late = await wrote("others-n");
  await wrote("others-o");
  silent.clear();
  busy.add("others-n");
  const session = await onScreen("others-p");
  await until(() => expect(server.eventsOf("u:others-o")).toHaveLength(1));
  await othersDone();
  busy.clear();
  session.close();
  app.inside.session.value = null;
  open.push(await openSession(app, late));
  await until(() => expect(server.eventsOf("u:others-n")).toHaveLength(1));
});

test("what one of them took to carry goes while another is open", async () => {
  await putCarried(app.device, CARRIED);
  await addPerson(app, { person: "others-r", token: "others-r" });
  await onScreen("others-q");
  await until(async () => expect(await listCarried(app.device)).toMatchObject([{ state: "delivered" }]));
  expect(files).toEqual(["POST others-q /sync/1/files"]);
});

test("once the phone is handed on, whoever has it sees to the rest", async () => {
  for (const person of ["others-k", "others-l"]) await wrote(person);
  silent.clear();
  asked.length = 0;
  onAsked = (person) => {
    if (person !== "others-m") app.inside.session.value = null;
  };
  await onScreen("others-m");
  await until(() => expect(asked.some((person) => person !== "others-m")).toBe(true));
  await othersDone();
  expect(new Set(asked).size).toBe(2);
});
