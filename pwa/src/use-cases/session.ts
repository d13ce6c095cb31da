/**
 * The two things every use-case stands on: the app on this device, and the person who is open. Owns the types; `app/boot.ts` and
 * `open-session.ts` make them. Invariant: a session speaks to the server only with its own person's credential.
 */
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ApiClient } from "../api/client.ts";
import type { Credential } from "../api/transport.ts";
import type { DeviceDatabase } from "../db/device-schema.ts";
import type { PersonDatabase } from "../db/person-schema.ts";
import type { Studies } from "../db/studies.ts";
import type { PackInstaller } from "../packs/installer.ts";
import type { Ports } from "../platform/ports.ts";
import type { SyncEngine } from "../sync/engine.ts";
import type { SyncScheduler } from "../sync/scheduler.ts";
import type { Settings } from "./settings.ts";
import type { SyncState } from "./sync-now.ts";

/** The app on this device, whoever is open. */
export interface AppCore {
  readonly ports: Ports;
  readonly api: ApiClient;
  readonly device: DeviceDatabase;
  /** Comes with the second chunk. */
  installer(): Promise<PackInstaller>;
  /** The open person; null while someone has to sign in or choose. */
  readonly session: ReadonlySignal<Session | null>;
  readonly inside: AppInside;
}

/** What only use-cases change. */
export interface AppInside {
  session: Signal<Session | null>;
  settings: Signal<Settings>;
  updateWaiting: Signal<boolean>;
  /** Somebody's store was cleared or set back, and nobody has read of it yet. */
  gone: Signal<boolean>;
  updateHolds: Signal<number>;
  installOffer: Signal<boolean>;
  codeFromLink: string | null;
  /** Loads the second chunk. */
  later: () => Promise<typeof import("./later.ts")>;
  /** What a page can do and a worker cannot. */
  page: PageActions;
  version: string;
}

export interface PageActions {
  deviceName(): string;
  /** Remembers for this tab that the person was let in, so that a reload asks for no PIN. */
  rememberUnlocked(person: string | null): void;
  unlocked(): string | null;
  takeUpdate(): Promise<void>;
  showInstallOffer(): Promise<boolean>;
  /** For push. */
  registration(): Promise<ServiceWorkerRegistration | undefined>;
}

/** One open person. */
export interface Session {
  readonly app: AppCore;
  readonly person: {
    readonly id: string;
    readonly name: string;
    readonly roles: readonly string[];
  };
  readonly timeZone: string;
  readonly deviceId: string;
  readonly rootKey: string;
  readonly db: PersonDatabase;
  readonly studies: Studies;
  readonly credential: Credential;
  readonly engine: SyncEngine;
  readonly scheduler: SyncScheduler;
  readonly syncState: Signal<SyncState>;
  close(): void;
}

/** As much of a person as it takes to hand on what is theirs, open or not. `studies`: of whoever is open. */
export interface Giver extends Pick<Session, "app" | "db" | "rootKey">, Partial<Pick<Session, "studies">> {
  readonly person: Pick<Session["person"], "id">;
}
