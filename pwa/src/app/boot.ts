/**
 * The composition root: the only place that knows every part. Owns the order of start-up. Invariant: nothing here waits for the network.
 */
import { signal } from "@preact/signals";
import { ApiClient } from "../api/client.ts";
import { openDeviceDatabase } from "../db/device-schema.ts";
import { listPeople } from "../db/people.ts";
import { connectTopics, watchTopics } from "../db/topics.ts";
import { codeInFragment } from "../domain/sign-in-code.ts";
import type { PackInstaller } from "../packs/installer.ts";
import { backgroundSyncOf, browserChannel, clock, connectivity, fetchPort, locks, random, space, timers } from "../platform/browser.ts";
import { missingCapabilities } from "../platform/capabilities.ts";
import { deviceName, markers, rememberUnlocked, takeFragment, unlocked, visibility, watchInstallOffer } from "../platform/page.ts";
import type { Ports } from "../platform/ports.ts";
import { linkWorker, watchGoing, type WorkerLink } from "../platform/worker-link.ts";
import { navigate } from "../ui/location.ts";
import { isSomethingGone } from "../use-cases/markers.ts";
import { openLastPerson } from "../use-cases/open-session.ts";
import type { AppCore, AppInside, Session } from "../use-cases/session.ts";
import { FIRST_SETTINGS, readSettings } from "../use-cases/settings.ts";
import type { Booted } from "./start.ts";

export async function boot(): Promise<Booted> {
  const codeFromLink = codeInFragment(takeFragment());
  if (!window.isSecureContext) return { kind: "insecure", address: location.origin };
  const missing = missingCapabilities();
  if (missing.length > 0) return { kind: "unsupported", missing };
  try {
    const app = makeApp(codeFromLink);
    app.inside.settings.value = await readSettings(app, navigator.languages);
    watchTopics(["settings"], () => void followSettings(app));
    watchGoing(navigate);
    const people = await listPeople(app.device);
    app.inside.gone.value = isSomethingGone(markers, people);
    if (codeFromLink === null) await openLastPerson(app, people);
    return { kind: "ready", app };
  } catch (error) {
    console.error("the app could not start", error);
    return {
      kind: "broken",
      code: error instanceof Error ? `${error.name}: ${error.message}` : "unknown",
    };
  }
}

/** Another tab changed them. */
async function followSettings(app: AppCore): Promise<void> {
  const next = await readSettings(app, navigator.languages);
  if (JSON.stringify(next) !== JSON.stringify(app.inside.settings.peek())) app.inside.settings.value = next;
}

function makeApp(codeFromLink: string | null): AppCore {
  const updateWaiting = signal(false);
  const installOffer = signal(false);
  const worker = linkWorker((isWaiting) => {
    updateWaiting.value = isWaiting;
  });
  const ports = makePorts(worker);
  connectTopics(ports.channel);
  const device = openDeviceDatabase();
  const api = new ApiClient(ports.fetch, ports.timers);
  const session = signal<Session | null>(null);
  const showInstallOffer = watchInstallOffer((offered) => {
    installOffer.value = offered;
  });
  const inside: AppInside = {
    session,
    settings: signal(FIRST_SETTINGS),
    updateWaiting,
    gone: signal(false),
    updateHolds: signal(0),
    installOffer,
    codeFromLink,
    later: async () => (await import("./screens.ts")).later,
    version: __APP_VERSION__,
    page: {
      deviceName,
      rememberUnlocked,
      unlocked,
      takeUpdate: worker.takeUpdate,
      showInstallOffer,
      registration: worker.registration,
    },
  };
  let installer: Promise<PackInstaller> | undefined;
  return {
    ports,
    api,
    device,
    installer: async () => {
      installer ??= inside.later().then((later) => new later.PackInstaller(device, api, ports));
      return await installer;
    },
    session,
    inside,
  };
}

function makePorts(worker: WorkerLink): Ports {
  return {
    clock,
    random,
    connectivity,
    visibility,
    backgroundSync: backgroundSyncOf(worker.registration),
    locks,
    timers,
    space,
    markers,
    channel: browserChannel(),
    fetch: fetchPort,
    caches,
    crypto: crypto.subtle,
  };
}
