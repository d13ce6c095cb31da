/**
 * The worlds of the model test find what they are for: each of these mistakes, which known systems have made, is put into the engine and must
 * be caught. A mistake that passes would mean that the simulation looks away.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import type * as Acks from "./acks.ts";
import type * as Entries from "./entries.ts";
import type { Ack } from "./reply.ts";
import { NO_REST, type World as WorldType } from "./testing/world.ts";

const SEEDS_MAX = 60;
const ACTIONS = 60;
const DUP: Ack = { kind: "dup", setAside: [] };

afterEach(() => {
  vi.doUnmock("./acks.ts");
  vi.doUnmock("./epoch.ts");
  vi.doUnmock("./entries.ts");
  vi.doUnmock("../domain/event.ts");
  vi.restoreAllMocks();
});

describe("the simulation catches", () => {
  test("acknowledgements taken for more than the request proved", async () => {
    vi.doMock("./acks.ts", async (original) => {
      const acks = await original<typeof Acks>();
      const judgeAcks: typeof Acks.judgeAcks = (acked, sent, reply) => {
        const last = sent[sent.length - 1];
        return {
          ...acks.judgeAcks(acked, sent, reply),
          acked: last === undefined ? acked : last.first + last.n,
        };
      };
      return { ...acks, judgeAcks };
    });
    await expectCaught();
  });

  test("a fork taken for a duplicate", async () => {
    vi.doMock("./acks.ts", async (original) => {
      const acks = await original<typeof Acks>();
      const judgeAcks: typeof Acks.judgeAcks = (acked, sent, reply) => {
        const last = sent[sent.length - 1];
        const next = last === undefined ? acked : last.first + last.n;
        const answers = reply.acks.map((ack) => (ack.kind === "fork" ? DUP : ack));
        return acks.judgeAcks(acked, sent, { ...reply, acks: answers, next });
      };
      return { ...acks, judgeAcks };
    });
    await expectCaught();
  });

  test("a new epoch that keeps the acknowledgements of the old one", async () => {
    vi.doMock("./epoch.ts", () => ({
      adoptEpoch: async (
        tx: {
          objectStore(name: string): {
            get(key: string): Promise<object>;
            put(value: object): Promise<unknown>;
            clear(): Promise<void>;
          };
        },
        epoch: string,
      ) => {
        for (const store of ["entries", "rows"]) await tx.objectStore(store).clear();
        const sync = await tx.objectStore("meta").get("sync");
        await tx.objectStore("meta").put({ ...sync, epoch, followVersion: 0, follow: [], cursors: {} });
      },
    }));
    await expectCaught();
  });

  test("an origin that is forgotten when an event is emitted a third time", async () => {
    vi.doMock("../domain/event.ts", async (original) => {
      const event = await original<typeof import("../domain/event.ts")>();
      const emitAgain: typeof event.originOf = (repeated) => ({
        stream: repeated.stream,
        seq: repeated.seq,
        hash: repeated.hash,
      });
      // Folds keep the right rule; only re-emission forgets.
      return {
        ...event,
        originOf: (repeated: Parameters<typeof event.originOf>[0]) =>
          new Error().stack?.includes("rotate.ts") ? emitAgain(repeated) : event.originOf(repeated),
      };
    });
    await expectCaught();
  });

  test("a cursor that moves over entries that were not stored", async () => {
    vi.doMock("./entries.ts", async (original) => {
      const entries = await original<typeof Entries>();
      const applyEntries: typeof Entries.applyEntries = async (tx, sync, reply, proven) =>
        await entries.applyEntries(
          tx,
          sync,
          {
            ...reply,
            entries: reply.entries.filter((_, index) => index !== 1),
          },
          proven,
        );
      return { ...entries, applyEntries };
    });
    await expectCaught();
  });

  test("an entry without columns taken for ours because of its place", async () => {
    vi.doMock("./entries.ts", async (original) => {
      const entries = await original<typeof Entries>();
      const applyEntries: typeof Entries.applyEntries = async (tx, sync, reply, proven) =>
        await entries.applyEntries(
          tx,
          sync,
          {
            ...reply,
            entries: reply.entries.map((entry) => (entry.s === proven.stream ? withoutColumns(entry) : entry)),
          },
          {
            ...proven,
            firsts: new Set(reply.entries.map((entry) => entry.f ?? 0)),
          },
        );
      return { ...entries, applyEntries };
    });
    await expectCaught();
  });
});

function withoutColumns<E extends { d?: unknown }>(entry: E): E {
  const { d: _, ...rest } = entry;
  return rest as E;
}

async function expectCaught(): Promise<void> {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.resetModules();
  const { World } = (await import("./testing/world.ts")) as {
    World: typeof WorldType;
  };
  for (let seed = 0; seed < SEEDS_MAX; seed += 1) {
    try {
      const world = await World.make(`bug-${seed}`);
      for (let action = 0; action < ACTIONS; action += 1) await world.act();
      await world.settle();
      await world.check();
    } catch (error) {
      // Only a broken promise counts; a mistake in the test itself must not pass for a catch.
      const { name, message } = error as Error;
      if (name === "AssertionError" || message === NO_REST) return;
      throw error;
    }
  }
  expect.fail(`${SEEDS_MAX} worlds did not show the mistake`);
}
