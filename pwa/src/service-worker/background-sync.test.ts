/** The worker alone: everybody of the phone is synced, each with their own token, and what still waits is told to the browser. */
import { afterEach, expect, test, vi } from "vitest";
import { makeDeviceKeys } from "../api/sessions.ts";
import { append } from "../db/append.ts";
import { openDeviceDatabase } from "../db/device-schema.ts";
import { prepareDatabase } from "../db/meta.ts";
import { putPerson } from "../db/people.ts";
import { openPersonDatabase } from "../db/person-schema.ts";
import { clock, random } from "../platform/browser.ts";
import { ProtocolServer } from "../sync/testing/protocol-server.ts";
import { processLocks } from "../sync/testing/ports.ts";
import { syncEverybody } from "./background-sync.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("two people of one phone are synced under their own tokens", async () => {
  const server = new ProtocolServer();
  const locks = processLocks();
  vi.stubGlobal("navigator", {
    onLine: true,
    locks: {
      request: async (name: string, _options: unknown, work: (lock: unknown) => Promise<unknown>) =>
        await locks.exclusive(name, "wait", async () => await work({})),
    },
  });
  const seen: string[] = [];
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    const person = new Headers(init.headers).get("Authorization")?.slice("Bearer ".length) ?? "";
    seen.push(person);
    return Response.json(
      await server.handle(init.body as Uint8Array<ArrayBuffer>, {
        person,
        device: "d",
      }),
    );
  });
  const device = openDeviceDatabase();
  for (const person of ["worker-a", "worker-b"]) {
    server.addMember(`u:${person}`, person, "owner");
    const salt = random.bytes(16);
    await putPerson(device, {
      person,
      name: person,
      roles: [],
      timeZone: "UTC",
      language: "en",
      device: "d",
      token: person,
      tokenExpiresMs: 0,
      keys: await makeDeviceKeys(crypto.subtle),
      rootKey: "",
      pin: { salt, hash: salt, iterations: 1, tries: 0, waitUntilMs: 0 },
      code: { salt, hash: "" },
      lastOpenedMs: 0,
    });
    const db = openPersonDatabase(person);
    await prepareDatabase(db, person, "d", random);
    await append(db, clock, [
      {
        scope: `u:${person}`,
        kind: "feedback_read/1",
        payload: { feedback: "f".repeat(16) },
      },
    ]);
    db.close();
  }
  device.close();

  await syncEverybody("test");
  expect([...new Set(seen)].sort()).toEqual(["worker-a", "worker-b"]);
  expect(server.eventsOf("u:worker-a")).toHaveLength(1);
  expect(server.eventsOf("u:worker-b")).toHaveLength(1);
  expect(server.quarantined).toBe(0);

  const again = openPersonDatabase("worker-a");
  await append(again, clock, [
    {
      scope: "u:worker-a",
      kind: "feedback_read/1",
      payload: { feedback: "g".repeat(16) },
    },
  ]);
  again.close();
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.stubGlobal("fetch", async () => await Promise.reject(new TypeError("Failed to fetch")));
  const ended = expect(syncEverybody("test")).rejects.toThrow("still wait");
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) await vi.advanceTimersByTimeAsync(1_000);
  await ended;
});
