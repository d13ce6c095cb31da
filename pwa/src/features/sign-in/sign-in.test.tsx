// @vitest-environment happy-dom
/** The form to get in, as it is shown. What decides is tested in `sign-in.test.ts` and `full-phone.test.ts`. */
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { addPerson, makeApp, type TestApp } from "../../testing/app.ts";
import { app } from "../../testing/signing-in.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import { t } from "../../i18n/messages.ts";
import { Announcer } from "../../ui/Announcer.tsx";
import { unlock } from "../../use-cases/sign-in.ts";
import { type ForgotProps, SignIn } from "./SignIn.tsx";
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

describe("after several wrong PINs", () => {
  const shown = async (words: string) => await until(() => expect(document.body.textContent).toContain(words));
  let phone: TestApp;

  beforeEach(async () => {
    phone = makeApp();
    const { person } = await addPerson(phone);
    for (const pin of ["0000", "0001"]) await unlock(phone, person, pin);
    render(
      <>
        <SignIn app={phone} Forgot={() => null} />
        <Announcer />
      </>,
      document.body,
    );
    await type("pin-input", "0002");
    (await at("sign-in-submit")).click();
  });

  /** What a screen reader is told without being asked. */
  const told = () => [...document.querySelectorAll("[role=alert], [aria-live]")].map((region) => region.textContent);

  test("the seconds that are left are counted down on the button, and told to nobody who did not ask", async () => {
    await shown(t("signin.wait_left", { count: 5 }));
    expect((await at("sign-in-submit")).getAttribute("aria-disabled")).toBe("true");
    const before = told();
    phone.ports.fake.nowMs += 2_000;
    await shown(t("signin.wait_left", { count: 3 }));
    expect(told()).toEqual(before);
  });

  test("once it is over that is told, the button works again, and the right PIN opens", async () => {
    await shown(t("signin.wait_left", { count: 5 }));
    phone.ports.fake.nowMs += 5_000;
    await until(() => expect(told()).toContain(t("signin.wait_over")));
    const button = await at("sign-in-submit");
    expect([button.textContent, button.getAttribute("aria-disabled")]).toEqual([t("signin.open"), null]);
    await type("pin-input", "1234");
    button.click();
    await until(() => expect(phone.session.peek()).not.toBeNull());
    phone.session.peek()?.close();
  });
});

test("a PIN that was forgotten takes the place of the form, so that there is one main button", async () => {
  const phone = makeApp();
  await addPerson(phone);
  const Forgot = ({ open, onOpen }: ForgotProps) => (
    <button data-testid="forgot-pin" onClick={() => onOpen(!open)}>
      {String(open)}
    </button>
  );
  render(<SignIn app={phone} Forgot={Forgot} />, document.body);
  const form = (await at("sign-in-submit")).closest("form");
  expect(form?.hidden).toBe(false);
  (await at("forgot-pin")).click();
  await until(() => expect(form?.hidden).toBe(true));
  (await at("forgot-pin")).click();
  await until(() => expect(form?.hidden).toBe(false));
});
