// @vitest-environment happy-dom
/** The way back in as it is shown. What decides is tested in `reset-pin.test.ts`. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { openPersonDatabase } from "../../db/person-schema.ts";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { addPerson, makeApp } from "../../testing/app.ts";
import { fillDisk } from "../../testing/full-disk.ts";
import type { AppCore } from "../../use-cases/session.ts";
import { ForgotPin } from "./ForgotPin.tsx";
import { until } from "../../testing/until.ts";

beforeAll(() => addMessages("zh-Hans", messages));

afterEach(() => {
  render(null, document.body);
  vi.restoreAllMocks();
});

async function type(id: string, words: string): Promise<void> {
  const field = document.querySelector<HTMLInputElement>(`#${id}`);
  if (field === null) throw new Error(`no ${id}`);
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await until(() => expect(field.value).toBe(words));
}

function Forgot({ app, person }: { app: AppCore; person: string }) {
  const [open, setOpen] = useState(false);
  return <ForgotPin app={app} person={person} open={open} onOpen={setOpen} />;
}

const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);

test("a new PIN that a full phone could not keep is said, and the form is there for another try", async () => {
  const app = makeApp();
  app.ports.fake.online = false;
  const { person } = await addPerson(app);
  const db = openPersonDatabase(person);
  await db.write(["rows"], async (tx) => {
    const body = { number: 1, by_name: "周敏", made_ms: 0 };
    await tx.objectStore("rows").put({ scope: `p:${person}`, kind: "pin_reset", key: person, position: 1, body });
  });
  db.close();
  vi.spyOn(console, "error").mockReturnValue();
  render(<Forgot app={app} person={person} />, document.body);
  at("forgot-pin")?.click();
  await until(() => expect(at("forgot-form")?.dataset["state"]).toBe("granted"));
  await type("reset-pin", "9999");
  const makeRoom = fillDisk();
  try {
    at("reset-submit")?.click();
    await until(() => expect(at("forgot-form")?.textContent).toContain(t("signin.not_opened")));
  } finally {
    makeRoom();
  }
  at("reset-submit")?.click();
  await until(() => expect(app.session.peek()?.person.id).toBe(person));
});

test("a code can be typed also where the phone cannot say which phone it is", async () => {
  const app = makeApp();
  app.ports.fake.online = false;
  app.inside.page.deviceName = () => {
    throw new Error("there is no name");
  };
  const { person } = await addPerson(app);
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  render(<Forgot app={app} person={person} />, document.body);
  at("forgot-pin")?.click();
  await until(() => expect(at("forgot-form")?.dataset["state"]).toBe("code"));
  await until(() => expect(at("this-phone")).toBeNull());
  expect(at("reset-code")).not.toBeNull();
  expect(warned).toHaveBeenCalled();
});

test("it says whose PIN it is about; there is one main button, and a way back to the PIN", async () => {
  const app = makeApp();
  app.ports.fake.online = false;
  const { person } = await addPerson(app);
  render(<Forgot app={app} person={person} />, document.body);
  at("forgot-pin")?.click();
  await until(() => expect(at("forgot-form")?.dataset["state"]).toBe("code"));
  await until(() => expect(at("forgot-form")?.querySelector("h2")?.textContent).toBe(t("forgot.title", { name: "林老师" })));
  expect([...document.querySelectorAll<HTMLElement>(".button-main")].map(({ dataset }) => dataset["testid"])).toEqual(["reset-submit"]);
  at("forgot-back")?.click();
  await until(() => expect(at("forgot-form")).toBeNull());
  expect(at("forgot-pin")).not.toBeNull();
});
