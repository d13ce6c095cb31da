/**
 * One run of the engine: it walks the machine of state.ts, doing what each state says. Owns rule S16 of SPEC.md (one run at a time) and
 * the bridge from what happened on the line to the machine. When to run is the scheduler's.
 */
import { isFull, StorageError, unlessFull } from "../db/database.ts";
import type { PersonDatabase, SegmentRecord } from "../db/person-schema.ts";
import { announce } from "../db/topics.ts";
import type { Clock, Locks, Random, Timers } from "../platform/ports.ts";
import { applyReply, noteFailure, type Times } from "./apply-reply.ts";
import { planRequest, type Request } from "./push.ts";
import { type Reply, readReply } from "./reply.ts";
import { retryDelayMs } from "./retry.ts";
import { afterSilence, afterSuccess, afterTooLarge, firstSizes, type Sizes } from "./sizes.ts";
import { atRest, type Happening, type Machine, step } from "./state.ts";
import type { Credential, Exchange, Transport } from "../api/transport.ts";

export interface EngineParts {
  person: string;
  db: PersonDatabase;
  /** `sealAll` of seal.ts, which pages load after they are shown. */
  seal: (db: PersonDatabase) => Promise<number>;
  /** `leaveDamagedBytes` of damaged-bytes.ts, loaded by pages where it is wanted. */
  leaveDamaged: (db: PersonDatabase, segments: readonly SegmentRecord[], random: Random) => Promise<boolean>;
  transport: Transport;
  credential: Credential;
  clock: Clock;
  random: Random;
  timers: Timers;
  locks: Locks;
  /** Version of the app, for the server's statistics. */
  app: string;
}

export class SyncEngine {
  private readonly parts: EngineParts;
  private machine: Machine = atRest();
  private sizes: Sizes = firstSizes();
  private waiting: Promise<void> | undefined;
  private request: Request | undefined;
  private answer: { reply: Reply; times: Times } | undefined;
  private askedMs = 0;
  /** The phone was too full to seal when it last tried. */
  private full: unknown;
  private wake: (() => void) | undefined;

  constructor(parts: EngineParts) {
    this.parts = parts;
  }

  get running(): boolean {
    return !isAtRest(this.machine);
  }

  get pausing(): boolean {
    return this.wake !== undefined; // It only waits for its next try.
  }

  /** Asks for a run; resolves when it ended. A second ask while one waits for the lock is the same ask; one while it runs is another. */
  async run(): Promise<void> {
    this.waiting ??= this.queue();
    await this.waiting;
  }

  private async queue(): Promise<void> {
    let begun = false;
    const begin = async (): Promise<void> => {
      begun = true;
      this.waiting = undefined;
      await this.runAlone();
    };
    try {
      await this.parts.locks.exclusive(`xuetan-sync-${this.parts.person}`, "wait", begin);
    } finally {
      if (!begun) this.waiting = undefined;
    }
  }

  /** Ends a wait between two tries, for the button and a line that came back; one that the server asked for by the button alone. */
  hurry(byHand = false): void {
    if (byHand || this.askedMs === 0) this.wake?.();
  }

  signedIn(): void {
    this.machine = step(this.machine, "signed_in");
  }

  private async runAlone(): Promise<void> {
    this.machine = step(this.machine, "triggered");
    announce(["sync"]);
    while (!isAtRest(this.machine)) {
      let happening: Happening;
      try {
        happening = await this.perform();
      } catch (error) {
        happening = "failed";
        await this.noteStorage(error);
      }
      this.machine = step(this.machine, happening);
    }
    announce(["sync"]);
  }

  private async perform(): Promise<Happening> {
    switch (this.machine.state) {
      case "sealing":
        this.full = undefined;
        // What is sealed goes all the same: the newest event stands in nobody's way.
        await this.parts.seal(this.parts.db).catch((error: unknown) => {
          unlessFull(error);
          this.full = error;
        });
        return "sealed";
      case "exchanging":
        return await this.exchange();
      case "applying":
        return await this.apply();
      case "renewing":
        return await this.renew();
      case "backing_off":
        return await this.backOff();
      default:
        throw new Error(`nothing to do while ${this.machine.state}`);
    }
  }

  private async exchange(): Promise<Happening> {
    const { db, transport, credential, app } = this.parts;
    this.request = await planRequest(db, this.sizes, app);
    if (this.full !== undefined && this.request.segments.length === 0) throw this.full;
    this.askedMs = 0;
    const exchange = await transport.exchange(this.request.frame, await credential.token());
    return await this.judge(exchange, this.request);
  }

  private async judge(exchange: Exchange, request: Request): Promise<Happening> {
    const { db } = this.parts;
    switch (exchange.kind) {
      case "answered": {
        const reply = readReply(exchange.reply, request.epoch);
        if (reply === undefined)
          return await this.failed("busy", {
            reachable: false,
            problem: "server",
          });
        this.answer = { reply, times: exchange };
        this.sizes = afterSuccess(this.sizes);
        return "answered";
      }
      case "unreachable":
        this.sizes = afterSilence(this.sizes);
        return await this.failed("unreachable", { reachable: false });
      case "busy":
        this.askedMs = exchange.retryAfterMs ?? 0;
        return await this.failed("busy", {
          reachable: false,
          problem: "server",
        });
      case "too_large":
        if (request.segments.length <= 1)
          return await this.failed("busy", {
            reachable: true,
            problem: "server",
          });
        this.sizes = afterTooLarge(this.sizes, request.segments.length);
        return "too_large";
      case "unauthorised":
        await noteFailure(db, { reachable: true, problem: "server" });
        return "unauthorised";
      case "revoked":
        return await this.failed("revoked", {
          reachable: true,
          problem: "device_revoked",
        });
      case "unsupported":
        return await this.failed("unsupported", {
          reachable: true,
          problem: "update_required",
        });
      case "refused":
        return await this.failed("refused", {
          reachable: true,
          problem: "server",
        });
    }
  }

  private async apply(): Promise<Happening> {
    const { db, random, clock } = this.parts;
    const [request, answer] = [this.request, this.answer];
    if (request === undefined || answer === undefined) throw new Error("there is no answer to apply");
    const applied = await applyReply(db, request, answer.reply, answer.times, {
      random,
      clock,
    });
    if (applied !== "damaged") return applied;
    return (await this.parts.leaveDamaged(db, request.segments, random)) ? "reset" : "stalled";
  }

  private async renew(): Promise<Happening> {
    const renewal = await this.parts.credential.renew();
    switch (renewal) {
      case "renewed":
        return "renewed";
      case "revoked":
        return await this.failed("revoked", {
          reachable: true,
          problem: "device_revoked",
        });
      case "refused":
        return await this.failed("not_renewed", {
          reachable: true,
          problem: "sign_in_required",
        });
      default:
        return await this.failed(renewal, { reachable: false });
    }
  }

  private async backOff(): Promise<Happening> {
    const { timers, random } = this.parts;
    const delayMs = retryDelayMs(this.machine.failures, random.fraction(), this.askedMs);
    if (this.askedMs > 0) await noteFailure(this.parts.db, { problem: "server", nextTryMs: this.parts.clock.nowMs() + delayMs });
    await new Promise<void>((resolve) => {
      const cancel = timers.after(delayMs, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
    this.wake = undefined;
    return "waited";
  }

  private async failed(happening: Happening, status: Parameters<typeof noteFailure>[1]): Promise<Happening> {
    await noteFailure(this.parts.db, { ...(this.full !== undefined && { problem: "storage_full" }), ...status });
    return happening;
  }

  private async noteStorage(error: unknown): Promise<void> {
    // The person was closed while the engine ran: the next who opens goes on.
    if (error instanceof StorageError && error.code === "closed") return;
    console.error("the sync engine stopped", error);
    const problem = isFull(error) ? "storage_full" : "server";
    await noteFailure(this.parts.db, { problem }).catch(() => undefined);
  }
}

function isAtRest(machine: Machine): boolean {
  return machine.state === "resting" || machine.state === "signed_out" || machine.state === "outdated";
}
