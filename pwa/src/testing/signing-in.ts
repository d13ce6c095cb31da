/** A phone with nobody on it and a server that knows one code. Owns the situation before each test. */
import { beforeEach } from "vitest";
import { makeApp, type TestApp } from "./app.ts";

export let app: TestApp;
export let keys: string[];
export let person: string;

beforeEach(() => {
  app = makeApp();
  keys = [];
  person = `signing-${performance.now()}`;
  enrolled.device = "D1";
  app.ports.fake.routes.push((path, init) => {
    if (path !== "/api/1/enrol") return undefined;
    const body = JSON.parse(String(init.body)) as {
      code: string;
      public_key: string;
    };
    keys.push(body.public_key);
    if (body.code !== "18ZWDCGBGG") return problem(403, "wrong_code", "never");
    return Response.json({
      person,
      name: "李秀兰",
      roles: ["teacher"],
      device: enrolled.device,
      token: "T",
      token_expires_ms: 1,
      epoch: "e",
      root_key: "root",
      time_zone: "Asia/Shanghai",
      language: "zh-Hans",
      server_ms: 0,
    });
  });
});

export function problem(status: number, code: string, retry: string, retryAfter?: string): Response {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  return Response.json({ code, message: "", retry, details: {}, request_id: "" }, { status, headers });
}

/** As which device the server takes the next enrolment. */
export const enrolled = { device: "D1" };
