/** Renewing a token with the device key. */
import { expect, test } from "vitest";
import { fromBase64url, utf8 } from "../domain/bytes.ts";
import { findPerson } from "../db/people.ts";
import { addPerson, makeApp } from "../testing/app.ts";
import { renewCredential } from "./renewal.ts";

test("the nonce is signed by the device key, and the new token is kept", async () => {
  const app = makeApp();
  const record = await addPerson(app);
  app.ports.fake.routes.push(async (path, init) => {
    if (path === "/api/1/session/nonce") return Response.json({ nonce: "n0nce" });
    const { nonce, signature, device } = JSON.parse(String(init.body)) as Record<string, string>;
    const message = utf8(`xuetan-session/1\n${nonce ?? ""}`);
    const signing = { name: "ECDSA", hash: "SHA-256" };
    const isSigned = await crypto.subtle.verify(signing, record.keys.publicKey, fromBase64url(signature ?? ""), message);
    expect([device, isSigned]).toEqual([record.device, true]);
    return Response.json({ token: "fresh", token_expires_ms: 9, server_ms: 0 });
  });
  expect(await renewCredential(record.person, app.device, app.api, crypto.subtle)).toBe("renewed");
  expect(await findPerson(app.device, record.person)).toMatchObject({ token: "fresh", tokenExpiresMs: 9 });
});

test.each([
  [401, "sign_in_required", "refused"],
  [401, "device_revoked", "revoked"],
  [503, "busy", "busy"],
])("an answer of %i %s is told as %s, and the old token stays", async (status, code, expected) => {
  const app = makeApp();
  const record = await addPerson(app);
  app.ports.fake.routes.push(() => Response.json({ code, message: "", retry: "later", details: {}, request_id: "" }, { status }));
  expect(await renewCredential(record.person, app.device, app.api, crypto.subtle)).toBe(expected);
  expect(await findPerson(app.device, record.person)).toMatchObject({ token: "token-1" });
});

test("no line is no refusal", async () => {
  const app = makeApp();
  const record = await addPerson(app);
  expect(await renewCredential(record.person, app.device, app.api, crypto.subtle)).toBe("unreachable");
});
