// @vitest-environment happy-dom
/** Files of records as the sync page speaks of them. What is in them is tested in `hand-on.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { blobsWaiting } from "../../db/blobs-waiting.ts";
import { noteArrived } from "../../db/blobs.ts";
import { toBase64url } from "../../domain/bytes.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { makeFileKeys } from "../../platform/hpke.ts";
import { sayMoment } from "../../i18n/moments.ts";
import { makeApp, openPerson, type TestApp } from "../../testing/app.ts";
import { eventsArrived, savedPhoto } from "../../testing/file-server.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import { makeFile, type MadeFile } from "../../use-cases/hand-on.ts";
import { saveEntry } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { Carry } from "./Carry.tsx";
import { until } from "../../testing/until.ts";

let app: TestApp;
let session: Session;
let rootFileKey: string;
let makeRoom: () => void = () => undefined;

beforeAll(() => addMessages("zh-Hans", messages));

beforeEach(async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { publicKey } = await makeFileKeys(crypto.subtle);
  rootFileKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
  app = makeApp();
  session = await openPerson(app, { rootFileKey });
  await saveEntry(session, { parents: [], text: "一篇" });
});

afterEach(() => {
  makeRoom();
  render(null, document.body);
  session.close();
  vi.restoreAllMocks();
});

const at = <T extends HTMLElement>(id: string) => document.querySelector<T>(`[data-testid=${id}]`);
const told = async (kind: string) => await until(() => expect(at("file-notice")?.dataset["kind"]).toBe(kind));

function choose({ bytes, fileName }: Pick<MadeFile, "bytes" | "fileName">): void {
  const picker = at<HTMLInputElement>("take-in-file");
  Object.defineProperty(picker, "files", { configurable: true, value: [new File([bytes], fileName)] });
  picker?.dispatchEvent(new Event("change"));
}

async function copyOf(of: Session): Promise<MadeFile> {
  const made = await makeFile(of, "everything");
  if (!made.ok) throw new Error(made.code);
  return made.file;
}

test.each(["hand-on", "safety-copy"])(
  "a full phone that cannot make a file (%s) says so, and makes it when there is room",
  async (button) => {
    render(<Carry session={session} waiting={1} />, document.body);
    makeRoom = fillDisk();
    at(button)?.click();
    await told("failed");
    expect(at("file-notice")?.textContent).toContain(t("carry.not_made"));
    expect(at<HTMLButtonElement>(button)?.disabled).toBe(false);
    makeRoom();
    at(button)?.click();
    await told("saved");
  },
);

test.each(["hand-on", "safety-copy"])("a full phone gives what is sealed (%s) and says how much is not in the file", async (button) => {
  await makeFile(session, "everything");
  await saveEntry(session, { parents: [], text: "又一篇" });
  render(<Carry session={session} waiting={2} />, document.body);
  makeRoom = fillDisk();
  at(button)?.click();
  await told("saved");
  expect(at("file-notice")?.textContent).toContain(t("carry.no_room", { count: 1 }));
  makeRoom();
  at(button)?.click();
  await until(() => expect(at("file-notice")?.textContent).not.toContain(t("carry.no_room", { count: 1 })));
  expect(at("file-notice")?.textContent).toContain("2 条");
});

test("a full phone that cannot take a file in says so, and the file can be taken in when there is room", async () => {
  const other = await openPerson(makeApp(), { rootFileKey, device: "device-2", name: "王老师" });
  await saveEntry(other, { parents: [], text: "请人带去" });
  const made = await makeFile(other, "waiting");
  other.close();
  if (!made.ok) throw new Error(made.code);
  render(<Carry session={session} waiting={0} />, document.body);
  const pick = (): void => choose(made.file);
  makeRoom = fillDisk();
  pick();
  await told("failed");
  expect(at("file-notice")?.textContent).toContain(t("carry.not_taken"));
  makeRoom();
  pick();
  await told("carrying");
});

test("what one file has no room for is told, and the button makes the next until all of it is out", async () => {
  await session.db.write(["streams", "segments"], async (tx) => {
    const [stream] = await tx.objectStore("streams").getAll();
    const [one] = await tx.objectStore("segments").getAll();
    if (stream === undefined) throw new Error("there is no stream");
    const segment = { stream: stream.stream, scope: "u:p", n: 1, prev: "p", hash: "h", body: new Uint8Array(16_384) };
    for (let first = 0; first < 700; first += 1) await tx.objectStore("segments").put({ ...segment, ...one, first });
    await tx.objectStore("streams").put({ ...stream, next: 700, sealed: 700 });
  });
  render(<Carry session={session} waiting={700} />, document.body);
  at("safety-copy")?.click();
  await until(() => expect(at("safety-copy")?.textContent).toContain(t("carry.next_file", { part: 2 })));
  expect(at("file-notice")?.textContent).toMatch(/还有 2\d\d 条不在里面/);
  at("safety-copy")?.click();
  await until(() => expect(at("file-notice")?.textContent).toContain(t("carry.last_file", { part: 2 })));
  expect(at("safety-copy")?.textContent).toContain(t("carry.copy"));
});

test("the person's own copy is told to be theirs, of when, with how much, and whether the server has it all", async () => {
  const file = await copyOf(session);
  const time = sayMoment(app.ports.fake.nowMs, app.ports.fake.nowMs);
  render(<Carry session={session} waiting={1} />, document.body);
  choose(file);
  await told("own");
  for (const words of [t("carry.own_new", { time }), t("carry.own_holds", { count: 1 }), t("carry.own_here")])
    expect(at("file-notice")?.textContent).toContain(words);
  await until(() => expect(at("own-copies")?.dataset["count"]).toBe("1"));
  expect(at("carried")).toBeNull();
  await session.db.write(["streams"], async (tx) => {
    for (const stream of await tx.objectStore("streams").getAll()) await tx.objectStore("streams").put({ ...stream, acked: stream.next });
  });
  choose(file);
  await until(() => expect(at("file-notice")?.textContent).toContain(t("carry.own_again", { time })));
  expect(at("file-notice")?.textContent).toContain(t("carry.own_received"));
});

test("a copy from another phone of theirs comes in as their own, and the server's answer says what was new in it", async () => {
  const file = await copyOf(session);
  const newPhone = makeApp();
  newPhone.ports.fake.online = false;
  const other = await openPerson(newPhone, { rootFileKey, device: "device-2" });
  await other.db.write(["rows"], async (tx) => {
    const body = { name: "红米 9A", enrolled_ms: 0, revoked: false };
    await tx.objectStore("rows").put({ scope: `p:${other.person.id}`, kind: "device", key: session.deviceId, position: 1, body });
  });
  try {
    render(<Carry session={other} waiting={0} />, document.body);
    choose(file);
    await told("own");
    expect(at("file-notice")?.textContent).toContain(t("carry.own_elsewhere", { phone: "红米 9A" }));
    expect(at("file-notice")?.textContent).not.toContain(t("carry.own_here"));
    await until(() => expect(at("carried-file")?.dataset["own"]).toBe("true"));
    const answer = { device: session.deviceId, name: "林老师", taken: 1, known: 0, aside: 0, done: true };
    newPhone.ports.fake.routes.push((path) => (path === "/sync/1/files" ? Response.json(answer) : undefined));
    newPhone.ports.fake.tell();
    await until(() => expect(at("carried-file")?.dataset["state"]).toBe("delivered"));
    expect(at("carried-file")?.textContent).toContain(t("carry.own_taken", { count: 1 }));
  } finally {
    render(null, document.body);
    other.close();
  }
});

test("a file that only says it is from this phone is a stranger's: it is carried, and nothing of it is called the person's own", async () => {
  const stranger = await openPerson(makeApp(), { rootFileKey, device: session.deviceId, name: "王老师" });
  await saveEntry(stranger, { parents: [], text: "一篇" });
  const file = await copyOf(stranger);
  stranger.close();
  render(<Carry session={session} waiting={0} />, document.body);
  choose(file);
  await told("carrying");
  expect(at("file-notice")?.textContent).toContain("王老师");
  await until(() => expect(at("carried-file")?.dataset["own"]).toBe("false"));
  expect(at("own-copies")).toBeNull();
});

test("photos that are in no file are counted: those that only this phone has, and those that the server has too", async () => {
  render(<Carry session={session} waiting={1} />, document.body);
  at("safety-copy")?.click();
  await told("saved");
  expect(at("file-notice")?.textContent).not.toContain("照片");
  await savedPhoto(session);
  await eventsArrived(session);
  at("safety-copy")?.click();
  await until(() => expect(at("file-notice")?.textContent).toContain(t("carry.files_only_here", { count: 1 })));
  at("hand-on")?.click();
  await told("nothing");
  expect(at("file-notice")?.textContent).toContain(t("carry.files_only_here", { count: 1 }));
  const [photo] = await blobsWaiting(session.db);
  await noteArrived(session.db, photo?.sha256 ?? "", "epoch-1", 1);
  at("safety-copy")?.click();
  await told("saved");
  await until(() => expect(at("file-notice")?.textContent).toContain(t("carry.files_at_server", { count: 1 })));
  expect(at("file-notice")?.textContent).not.toContain(t("carry.files_only_here", { count: 1 }));
});
