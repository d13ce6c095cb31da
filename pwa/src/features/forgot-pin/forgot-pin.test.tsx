// @vitest-environment happy-dom
/** The way back in as it is shown. What decides is tested in `reset-pin.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { addPerson, makeApp } from "../../testing/app.ts";
import { ForgotPin } from "./ForgotPin.tsx";

beforeAll(() => addMessages("zh-Hans", messages));

afterEach(() => render(null, document.body));

const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);

test("a code can be typed also where the phone cannot say which phone it is", async () => {
  const app = makeApp();
  app.ports.fake.online = false;
  app.inside.page.deviceName = () => {
    throw new Error("there is no name");
  };
  const { person } = await addPerson(app);
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  render(<ForgotPin app={app} person={person} />, document.body);
  at("forgot-pin")?.click();
  await vi.waitFor(() => expect(at("forgot-form")?.dataset["state"]).toBe("code"));
  await vi.waitFor(() => expect(at("this-phone")).toBeNull());
  expect(at("reset-code")).not.toBeNull();
  expect(warned).toHaveBeenCalled();
  warned.mockRestore();
});
