// @vitest-environment happy-dom
/** The form to get in, as it is shown. What decides is tested in `sign-in.test.ts` and `full-phone.test.ts`. */
import { render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { app } from "../../testing/signing-in.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import { t } from "../../i18n/messages.ts";
import { SignIn } from "./SignIn.tsx";
import { until } from "../../testing/until.ts";

let makeRoom: () => void = () => undefined;

beforeEach(() => vi.spyOn(console, "error").mockReturnValue() && undefined);

afterEach(() => {
  render(null, document.body);
  makeRoom();
  vi.restoreAllMocks();
});

const at = async <T extends HTMLElement>(id: string) =>
  await until(() => document.querySelector<T>(`[data-testid=${id}]`) ?? Promise.reject(new Error(`no ${id} yet`)));

async function type(id: string, words: string): Promise<void> {
  const field = await at<HTMLInputElement>(id);
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

test("a phone that has no room for who signs in says so, and the same form works when there is room", async () => {
  render(<SignIn app={app} Forgot={() => null} />, document.body);
  await type("code-input", "18ZWD-CGBGG");
  await type("pin-input", "1234");
  const button = await at<HTMLButtonElement>("sign-in-submit");
  makeRoom = fillDisk();
  button.click();
  await until(() => expect(document.body.textContent).toContain(t("signin.not_opened")));
  expect(button.disabled).toBe(false);
  expect(app.session.peek()).toBeNull();
  makeRoom();
  button.click();
  await until(() => expect(app.session.peek()).not.toBeNull());
  expect(document.body.textContent).not.toContain(t("signin.not_opened"));
});
