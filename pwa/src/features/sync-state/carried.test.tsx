// @vitest-environment happy-dom
/** The list of files on the sync page: what each row says after it was given on, and who sees it. */
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { listCarried, noteCarried, putCarried } from "../../db/carried.ts";
import { findPerson } from "../../db/people.ts";
import { toBase64url } from "../../domain/bytes.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { makeFileKeys } from "../../platform/hpke.ts";
import { makeApp, openPerson, type TestApp } from "../../testing/app.ts";
import { until } from "../../testing/until.ts";
import { readCarried } from "../../use-cases/carry.ts";
import { makeFile } from "../../use-cases/hand-on.ts";
import { saveEntry } from "../../use-cases/journal.ts";
import { openSession } from "../../use-cases/open-session.ts";
import type { Session } from "../../use-cases/session.ts";
import { takeIn } from "../../use-cases/take-in.ts";
import { Carry } from "./Carry.tsx";

let app: TestApp;
let session: Session;
let rootFileKey: string;

beforeAll(() => addMessages("zh-Hans", messages));

beforeEach(async () => {
  const { publicKey } = await makeFileKeys(crypto.subtle);
  rootFileKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
  app = makeApp();
  app.ports.fake.online = false;
  session = await openPerson(app, { rootFileKey });
  await saveEntry(session, { parents: [], text: "一篇" });
});

afterEach(() => {
  render(null, document.body);
  session.close();
  vi.restoreAllMocks();
});

const at = <T extends HTMLElement>(id: string) => document.querySelector<T>(`[data-testid=${id}]`);

async function copyOf(of: Session): Promise<Uint8Array<ArrayBuffer>> {
  const made = await makeFile(of, "everything");
  if (!made.ok) throw new Error(made.code);
  return made.file.bytes;
}

/** Under which names files went out as downloads. */
function downloads(): string[] {
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download);
  });
  return names;
}

const receipts = { file: "r", kind: "receipts", device: "device-9", name: "李秀兰", madeMs: 1, takenMs: 1, state: "waiting" } as const;

test("a receipt that is given on where there is no share sheet says where the file is, has its owner's name in its own, and keeps when", async () => {
  await putCarried(app.device, { ...receipts, bytes: new Uint8Array(3) });
  const names = downloads();
  render(<Carry session={session} waiting={0} />, document.body);
  await until(() => expect(at("carried-give")).not.toBeNull());
  expect(at("carried-file")?.dataset["given"]).toBe("false");
  at("carried-give")?.click();
  await until(() => expect(at("carried-file")?.textContent).toContain(t("carry.given_saved", { file: names[0] ?? "none" })));
  expect(names[0]).toMatch(/^xuetan-receipts-李秀兰-\d{4}-\d\d-\d\d\.xtsync$/);
  render(null, document.body);
  render(<Carry session={session} waiting={0} />, document.body);
  await until(() => expect(at("carried-file")?.textContent).toContain(t("carry.given", { time: "刚刚" })));
});

test("that a file of what waits, or a copy, went out stays on the page", async () => {
  downloads();
  render(<Carry session={session} waiting={1} />, document.body);
  expect(at("file-last")).toBeNull();
  at("hand-on")?.click();
  await until(() => expect(at("file-last")?.textContent).toBe(t("carry.last_made", { time: "刚刚" })));
  at("safety-copy")?.click();
  await until(() => expect(document.querySelector("[data-of=everything]")?.textContent).toBe(t("carry.last_copied", { time: "刚刚" })));
});

test("with nothing under way the heading counts nothing", async () => {
  await putCarried(app.device, { ...receipts, kind: "transfers", state: "delivered", bytes: new Uint8Array() });
  render(<Carry session={session} waiting={0} />, document.body);
  await until(() => expect(at("carried")?.textContent).toContain(t("carry.carried_done")));
  expect(at("carried")?.textContent).not.toContain(t("carry.carried", { count: 0 }));
  expect(at("carried")?.textContent).not.toContain(t("carry.carried_text"));
});

test.each(["as it is now", "as versions of before kept it"])(
  "a copy that one took in for themselves is not shown to another of the same phone, and goes in all the same (%s)",
  async (kept) => {
    expect(await takeIn(session, await copyOf(session))).toMatchObject({ kind: "own" });
    const [file] = await listCarried(app.device);
    const { whose, ...before } = file ?? expect.fail("it was not kept");
    expect(whose).toBe(session.person.id);
    if (kept !== "as it is now") await noteCarried(app.device, before.file, { whose: undefined } as never);
    const other = await openPerson(app, { rootFileKey, device: "device-2", name: "王建国" });
    expect(await readCarried(other)).toEqual([]);
    expect(await listCarried(app.device)).toHaveLength(1);
    const record = await findPerson(app.device, session.person.id);
    session = await openSession(app, record ?? expect.fail("they are gone"));
    expect(await readCarried(session)).toMatchObject([{ own: true, state: "waiting" }]);
  },
);

test("a receipt that was altered on its way is not told in the words for somebody's records", async () => {
  const bytes = await copyOf(session);
  const altered = String.fromCharCode(...bytes).replace('"kind":"transfers"', '"kind":"receipts" ');
  const file = Uint8Array.from(altered, (one) => one.charCodeAt(0));
  expect(await takeIn(session, file)).toMatchObject({ kind: "refused", code: "receipts_altered", name: "林老师" });
});

test("nobody whose own copy was damaged is told to ask themselves for another", async () => {
  const bytes = await copyOf(session);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  render(<Carry session={session} waiting={0} />, document.body);
  const picker = at<HTMLInputElement>("take-in-file");
  Object.defineProperty(picker, "files", { configurable: true, value: [new File([bytes], "copy.xtsync")] });
  picker?.dispatchEvent(new Event("change"));
  await until(() => expect(at("file-notice")?.textContent).toContain(t("carry.refused_own_altered")));
});
