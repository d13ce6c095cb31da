/** What an answer on the line means, and that a portal's page never speaks of our sessions. */
import { expect, test } from "vitest";
import { makeApp, openPerson } from "../testing/app.ts";
import { syncNow, syncState } from "../use-cases/sync-now.ts";
import { httpTransport } from "./sync-transport.ts";

const portal = (status: number): Response => new Response("<html>Wi-Fi</html>", { status, headers: { "content-type": "text/html" } });
const ours = (status: number, code: string): Response =>
  Response.json({ code, message: "", retry: "after_sign_in", details: {}, request_id: "" }, { status });

test.each([
  [portal(401), "busy"],
  [portal(403), "busy"],
  [portal(200), "busy"],
  [portal(413), "too_large"],
  [ours(401, "sign_in_required"), "unauthorised"],
  [ours(401, "device_revoked"), "revoked"],
])("%#: an answer is judged by whose it is", async (response, kind) => {
  const app = makeApp();
  app.ports.fake.routes.push(() => response);
  expect(await httpTransport(app.api, app.ports.clock).exchange(new Uint8Array(), "t")).toMatchObject({ kind });
});

test("a portal that refuses renewals does not sign out; a refusal of ours does, and the button asks once more", async () => {
  const app = makeApp();
  let answer = (): Response => portal(401);
  app.ports.fake.routes.push(() => answer());
  const patient = setInterval(() => app.ports.fake.pass(60_000), 1);
  const session = await openPerson(app);
  expect(await session.credential.renew()).toBe("busy");
  answer = () => ours(401, "sign_in_required");
  await syncNow(session);
  await expect.poll(() => syncState(session).value.problem).toBe("sign_in_required");
  const before = app.ports.fake.asked.length;
  await session.engine.run();
  expect(app.ports.fake.asked.length).toBe(before);
  await syncNow(session);
  expect(app.ports.fake.asked.length).toBeGreaterThan(before);
  clearInterval(patient);
  session.close();
});
