// @vitest-environment happy-dom
/** The safety copy that is offered on Me. What is in it is tested in `hand-on.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { toBase64url } from "../../domain/bytes.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { makeFileKeys } from "../../platform/hpke.ts";
import { makeApp, openPerson } from "../../testing/app.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import { saveEntry } from "../../use-cases/journal.ts";
import { SafetyCopy } from "./SafetyCopy.tsx";
import { until } from "../../testing/until.ts";

beforeAll(() => addMessages("zh-Hans", messages));

afterEach(() => {
  render(null, document.body);
  vi.restoreAllMocks();
});

const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);

test("a full phone that cannot make the copy says so, and makes it when there is room", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { publicKey } = await makeFileKeys(crypto.subtle);
  const app = makeApp();
  const rootFileKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
  const session = await openPerson(app, { rootFileKey });
  await saveEntry(session, { parents: [], text: "一篇" });
  app.ports.fake.nowMs += 8 * 86_400_000;
  render(<SafetyCopy session={session} />, document.body);
  await until(() => expect(at("safety-copy")).not.toBeNull());
  const makeRoom = fillDisk();
  try {
    at("safety-copy")?.click();
    await until(() => expect(at("safety-copy-due")?.textContent).toContain(t("carry.not_made")));
  } finally {
    makeRoom();
  }
  at("safety-copy")?.click();
  await until(() => expect(at("safety-copy-due")?.textContent).toContain(".xtsync"));
  session.close();
});
