/** Who reads whom, and from when on. */
import { expect, test } from "vitest";
import { listProvisional, replaceProvisional } from "../db/hubs.ts";
import type { ProvisionalEntry } from "../contracts/sync.ts";
import { encodeColumns } from "../domain/encode-columns.ts";
import { exchange, mentor, server, teacher } from "../testing/pair.ts";
import { listMentors, readsFrom } from "./mentors.ts";
import { refreshProvisional } from "./provisional.ts";

const FROM_MS = 5_000_000;

/** The pair's row as the root writes it when the mentor may read less. */
async function readLess(): Promise<void> {
  const body = { mentor: mentor.person.id, mentor_name: "陈玉梅", teacher: teacher.person.id, teacher_name: "马小云" };
  const row = { ...body, teacher_organisation: "石梯村小学", active: true, goals: "", reads_from_ms: FROM_MS };
  for (const person of [teacher, mentor]) server.appendRow(`p:${person.person.id}`, "pair", "pair-1", row);
  await exchange();
}

test("both phones know whether everything is read or what was written from the pairing on", async () => {
  expect(await listMentors(teacher)).toEqual([{ name: "陈玉梅" }]);
  expect(await readsFrom(mentor, teacher.person.id)).toBeUndefined();
  await readLess();
  expect(await listMentors(teacher)).toEqual([{ name: "陈玉梅", readsFromMs: FROM_MS }]);
  expect(await readsFrom(mentor, teacher.person.id)).toBe(FROM_MS);
  expect(await readsFrom(mentor, "somebody else")).toBeUndefined();
});

test("what a hub told of before leaves the mentor's phone when less is to be read", async () => {
  const scope = `u:${teacher.person.id}`;
  const told = (s: string, ts: number, by: string): ProvisionalEntry => ({
    scope,
    s,
    f: 0,
    n: 1,
    by,
    role: "owner",
    at: ts,
    d: encodeColumns([{ kind: "message_sent/1", ts, payload: { message: "m".repeat(16), text: "早先的话" } }]) as unknown as Record<
      string,
      unknown
    >,
  });
  const all = [
    told("before", FROM_MS - 1000, teacher.person.id),
    told("after", FROM_MS, teacher.person.id),
    told("own", 1000, mentor.person.id),
  ];
  await replaceProvisional(mentor.db, "hub", "tag", all);
  await refreshProvisional(mentor);
  expect(await listProvisional(mentor.db)).toHaveLength(3);
  await readLess();
  await refreshProvisional(mentor);
  expect((await listProvisional(mentor.db)).map(({ stream }) => stream).sort()).toEqual(["after", "own"]);
});
