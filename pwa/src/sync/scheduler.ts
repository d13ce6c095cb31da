/**
 * When the engine runs: opened, visible, line came back, after a save, timer, button. Owns the delays of SPEC.md's last table; not what a
 * run does. Invariant: at most one run waits and one runs, whatever triggers.
 */
import { getStatus } from "../db/meta.ts";
import type { PersonDatabase } from "../db/person-schema.ts";
import { watchTopics } from "../db/topics.ts";
import { countWaiting } from "../db/waiting.ts";
import type { BackgroundSync, Connectivity, Timers, Visibility } from "../platform/ports.ts";
import type { SyncEngine } from "./engine.ts";

const AFTER_SAVE_MS = 2_000;
const AFTER_SAVE_MS_MAX = 10_000;
const RETRY_MS_FIRST = 60_000;
const IDLE_MS = 15 * 60_000;

export interface SchedulerParts {
  engine: Pick<SyncEngine, "run" | "hurry">;
  db: PersonDatabase;
  timers: Timers;
  connectivity: Connectivity;
  visibility: Visibility;
  backgroundSync: BackgroundSync;
  /** What goes after the events: photos and recordings. Not waited for. */
  after?: () => Promise<unknown>;
}

/** Work that nobody waits for: a store that was closed meanwhile, with its person, is nobody's concern any more. */
function unheard(work: Promise<unknown> | undefined): void {
  work?.catch(() => undefined);
}

export class SyncScheduler {
  private readonly parts: SchedulerParts;
  private readonly stops: (() => void)[] = [];
  private cancelTimer: (() => void) | undefined;
  private cancelSave: (() => void) | undefined;
  /** Set by the first save of a row of saves. */
  private cancelLatest: (() => void) | undefined;
  private retryMs = RETRY_MS_FIRST;
  private stopped = false;

  constructor(parts: SchedulerParts) {
    this.parts = parts;
  }

  start(): void {
    const { connectivity, visibility } = this.parts;
    this.stops.push(
      watchTopics(["events"], () => unheard(this.saved())),
      connectivity.watch(() => {
        if (connectivity.isOnline()) unheard(this.now());
      }),
      visibility.watch(() => unheard(this.seen())),
    );
    unheard(this.now());
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer?.();
    this.forgetSaves();
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Runs now; resolves when the run ended. */
  async now(): Promise<void> {
    if (this.stopped) return;
    this.forgetSaves();
    this.parts.engine.hurry();
    await this.parts.engine.run();
    unheard(this.parts.after?.());
    await this.setTimer();
  }

  /** 2 s after the last save, at the latest 10 s after the first. */
  private async saved(): Promise<void> {
    if (this.stopped || (await countWaiting(this.parts.db)) === 0) return;
    const runAfter = (delayMs: number): (() => void) => this.parts.timers.after(delayMs, () => unheard(this.now()));
    this.cancelSave?.();
    this.cancelSave = runAfter(AFTER_SAVE_MS);
    this.cancelLatest ??= runAfter(AFTER_SAVE_MS_MAX);
  }

  private forgetSaves(): void {
    this.cancelSave?.();
    this.cancelLatest?.();
    this.cancelSave = this.cancelLatest = undefined;
  }

  /** Shown, or hidden with something that waits. */
  private async seen(): Promise<void> {
    if (!this.parts.visibility.isVisible()) {
      if ((await countWaiting(this.parts.db)) === 0) return;
      await this.parts.backgroundSync.ask();
    }
    await this.now();
  }

  /** Soon when something waits for a line, growing; rarely otherwise. */
  private async setTimer(): Promise<void> {
    this.cancelTimer?.();
    if (this.stopped) return;
    const { db, timers, backgroundSync, visibility } = this.parts;
    const { reachable } = await db.read(["meta"], getStatus);
    const waits = !reachable && (await countWaiting(db)) > 0;
    if (waits) await backgroundSync.ask();
    const delayMs = waits ? this.retryMs : IDLE_MS;
    this.retryMs = waits ? Math.min(IDLE_MS, this.retryMs * 2) : RETRY_MS_FIRST;
    this.cancelTimer = timers.after(delayMs, () => {
      unheard(waits || visibility.isVisible() ? this.now() : this.setTimer());
    });
  }
}
