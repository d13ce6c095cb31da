/** A whole app for tests of use-cases: real databases, real core, ports in memory. */
import { signal } from "@preact/signals";
import { ApiClient } from "../api/client.ts";
import { makeDeviceKeys } from "../api/sessions.ts";
import { Database } from "../db/database.ts";
import type { DeviceSchema, PersonRecord } from "../db/device-schema.ts";
import { DEVICE_MIGRATIONS } from "../db/device-schema.ts";
import { putPerson } from "../db/people.ts";
import { PackInstaller } from "../packs/installer.ts";
import { PIN_ITERATIONS, slowHash } from "../platform/secret-hash.ts";
import { openSession } from "../use-cases/open-session.ts";
import type { AppCore, Session } from "../use-cases/session.ts";
import { FIRST_SETTINGS } from "../use-cases/settings.ts";
import { makePorts, type TestPorts } from "./ports.ts";

export interface TestApp extends AppCore {
  readonly ports: TestPorts;
}

let made = 0;

export function makeApp(): TestApp {
  made += 1;
  const ports = makePorts(`app-${made}-${Math.floor(performance.now() * 1000)}`);
  const api = new ApiClient(ports.fetch, ports.timers);
  const device = new Database<DeviceSchema>(`device-${made}`, DEVICE_MIGRATIONS);
  const session = signal<Session | null>(null);
  const installer = new PackInstaller(device, api, ports);
  let unlocked: string | null = null;
  return {
    ports,
    api,
    device,
    session,
    installer: async () => installer,
    inside: {
      session,
      settings: signal(FIRST_SETTINGS),
      updateWaiting: signal(false),
      gone: signal(false),
      updateHolds: signal(0),
      installOffer: signal(false),
      codeFromLink: null,
      later: async () => await import("../use-cases/later.ts"),
      version: "test",
      page: {
        deviceName: () => "test phone",
        rememberUnlocked: (person) => {
          unlocked = person;
        },
        unlocked: () => unlocked,
        takeUpdate: async () => undefined,
        showInstallOffer: async () => false,
        registration: async () => undefined,
      },
    },
  };
}

/** The same phone, another window: what is stored is shared, who is open here is not. */
export function secondWindow(app: TestApp): TestApp {
  const { inside } = makeApp();
  return { ...app, session: inside.session, inside };
}

/** A person of this phone who is enrolled already, with PIN 1234. */
export async function addPerson(app: TestApp, change: Partial<PersonRecord> = {}): Promise<PersonRecord> {
  const salt = app.ports.random.bytes(16);
  const record: PersonRecord = {
    person: `person-${made}-${Math.floor(app.ports.random.fraction() * 1e9)}`,
    name: "林老师",
    roles: ["teacher"],
    timeZone: "Asia/Shanghai",
    language: "zh-Hans",
    device: "device-1",
    token: "token-1",
    tokenExpiresMs: 0,
    keys: await makeDeviceKeys(crypto.subtle),
    rootKey: "",
    pin: {
      salt,
      hash: await slowHash(crypto.subtle, "1234", salt, PIN_ITERATIONS),
      iterations: PIN_ITERATIONS,
      tries: 0,
      waitUntilMs: 0,
    },
    code: { salt, hash: "" },
    lastOpenedMs: 0,
    ...change,
  };
  await putPerson(app.device, record);
  return record;
}

export async function openPerson(app: TestApp, change: Partial<PersonRecord> = {}): Promise<Session> {
  return await openSession(app, await addPerson(app, change));
}
