/** Every version of every database that a phone may still hold, opened by today's code: no record is lost, changed or doubled. */
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { toBase64url, utf8 } from "../domain/bytes.ts";
import { isSignedBy, signMessage } from "../platform/es256.ts";
import { makeApp, type TestApp } from "../testing/app.ts";
import { DATABASES, type DatabaseName, emptyShape } from "../testing/years/databases.ts";
import { CODE, PIN } from "../testing/years/device.ts";
import { layDown, shapeOf, takeDump, withoutPrivate } from "../testing/years/dump.ts";
import { KEPT, keptOf, newest } from "../testing/years/kept.ts";
import { TEACHER } from "../testing/years/server.ts";
import { readSettings } from "../use-cases/settings.ts";
import { signIn, unlock } from "../use-cases/sign-in.ts";
import { listCarried } from "./carried.ts";
import { openDeviceDatabase } from "./device-schema.ts";
import { listHubs, listProvisional, takeAsked } from "./hubs.ts";
import { listInstalled } from "./packs.ts";
import { findPerson, listPeople } from "./people.ts";
import { openPersonDatabase } from "./person-schema.ts";
import { countWaiting } from "./waiting.ts";

beforeEach(() => vi.stubGlobal("indexedDB", new IDBFactory()));

/** Through the app's own opening code, whatever the version was. */
async function openWith(of: DatabaseName): Promise<void> {
  const [device, person] = [openDeviceDatabase(), openPersonDatabase(TEACHER)];
  const opened = {
    person: async () => await countWaiting(person),
    device: async () => await listPeople(device),
    hubs: async () => await listHubs(person),
    carried: async () => await listCarried(device),
  };
  await opened[of]();
  device.close();
  person.close();
}

test.each(Object.entries(DATABASES))("%s: every version has its dump, today's too (node tools/dump-database.mjs)", (of, { versions }) => {
  const kept = KEPT.filter((one) => one.of === of).map(({ version }) => version);
  expect(kept.sort((left, right) => left - right)).toEqual(Array.from({ length: versions }, (_, index) => index + 1));
});

describe.each(KEPT)("$of v$version", ({ of, version, dump }) => {
  test("is what the migrations of its day made: none of them was changed since", async () => {
    expect(dump.version).toBe(version);
    expect(shapeOf(dump)).toEqual(await emptyShape(of, version));
    expect(dump.stores.filter(({ rows }) => rows.length === 0)).toEqual([]);
  });

  test("is opened with every record as it was, and with the stores of today", async () => {
    const { name, versions } = DATABASES[of];
    await layDown(name, dump);
    await openWith(of);
    const opened = await takeDump(name);
    expect(opened.version).toBe(versions);
    expect(shapeOf(opened)).toEqual(await emptyShape(of, versions));
    const rows = Object.fromEntries(opened.stores.map((store) => [store.name, store.rows]));
    for (const store of dump.stores) expect(withoutPrivate(rows[store.name])).toEqual(withoutPrivate(store.rows));
  });
});

describe.each(keptOf("device"))("a phone whose device database stopped at v$version", ({ dump }) => {
  test("knows its people, opens them by PIN and by code without a line, and signs with their key", async () => {
    await layDown(DATABASES.device.name, dump);
    await layDown(DATABASES.person.name, newest("person"));
    const app: TestApp = { ...makeApp(), device: openDeviceDatabase() };
    // The third wrong one: two had been tried when the phone was put away.
    expect(await unlock(app, TEACHER, "1111")).toEqual({ ok: false, code: "wrong_pin", waitSeconds: 5 });
    app.ports.fake.nowMs += 5_000;
    const result = await signIn(app, { code: CODE, pin: PIN });
    expect(result.ok && result.session.person).toMatchObject({ id: TEACHER, name: "梅老师" });
    const { privateKey, publicKey } = (await findPerson(app.device, TEACHER))?.keys as CryptoKeyPair;
    const spki = toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
    expect(await isSignedBy(crypto.subtle, spki, utf8("ice"), await signMessage(crypto.subtle, privateKey, utf8("ice")))).toBe(true);
    expect(await readSettings(app, ["en"])).toEqual({ language: "zh-Hans", textSize: 3, theme: "dark", alwaysAskPin: true, yuanPerGb: 29 });
    expect(await listInstalled(app.device)).toMatchObject([{ slug: "why-questions", version: 1, tier: "text" }]);
    if (result.ok) result.session.close();
  });
});

describe.each(keptOf("hubs"))("hubs of v$version", ({ dump }) => {
  test("keep their address, what they hold, and the question that waits", async () => {
    await layDown(DATABASES.hubs.name, dump);
    const db = openPersonDatabase(TEACHER);
    expect(await listHubs(db)).toMatchObject([{ address: "http://192.168.1.20:8000", typed: true, held: { stream: 3 } }]);
    expect(await listProvisional(db)).toMatchObject([{ stream: "stream", first: 3 }]);
    expect(await takeAsked(db, "nonce")).toMatchObject({ hub: "hub-of-the-school", spans: [{ next: 3 }] });
    db.close();
  });
});

describe.each(keptOf("carried"))("carried files of v$version", ({ dump }) => {
  test("are all there, with what became of them", async () => {
    await layDown(DATABASES.carried.name, dump);
    const device = openDeviceDatabase();
    expect((await listCarried(device)).map(({ state, bytes }) => [state, new TextDecoder().decode(bytes)])).toEqual([
      ["waiting", "sealed to the root"],
      ["refused", "sealed too"],
    ]);
    device.close();
  });
});
