// @vitest-environment happy-dom
/** Files of records as the sync page speaks of them. What is in them is tested in `hand-on.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { toBase64url } from "../../domain/bytes.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { makeFileKeys } from "../../platform/hpke.ts";
import { makeApp, openPerson } from "../../testing/app.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import { makeFile } from "../../use-cases/hand-on.ts";
import { saveEntry } from "../../use-cases/journal.ts";
import type { Session } from "../../use-cases/session.ts";
import { Carry } from "./Carry.tsx";
import { until } from "../../testing/until.ts";

let session: Session;
let rootFileKey: string;
let makeRoom: () => void = () => undefined;

beforeAll(() => addMessages("zh-Hans", messages));

beforeEach(async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { publicKey } = await makeFileKeys(crypto.subtle);
  rootFileKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
  session = await openPerson(makeApp(), { rootFileKey });
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
  const picker = at<HTMLInputElement>("take-in-file");
  const pick = (): void => {
    Object.defineProperty(picker, "files", { configurable: true, value: [new File([made.file.bytes], made.file.fileName)] });
    picker?.dispatchEvent(new Event("change"));
  };
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
