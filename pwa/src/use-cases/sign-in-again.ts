/**
 * Letting the open person in again whom the root no longer knows on this phone. Owns who may come in so. Invariants: nobody but this very
 * person; their PIN and all they wrote stay as they are.
 */
import { ApiError } from "../api/client.ts";
import { findPerson } from "../db/people.ts";
import { readCode } from "../domain/sign-in-code.ts";
import type { Session } from "./session.ts";
import { enrolPhone, hashCode, letIn, makeRecord } from "./sign-in.ts";

/** `code_used`: it is the one with which this phone signed in before. `same_name`: the root knows two people of this name, and the code is the other one's. */
export type AgainProblem =
  "code_format" | "wrong_code" | "code_used" | "code_revoked" | "other_person" | "same_name" | "offline" | "too_many_attempts" | "server";
export type AgainResult = { ok: true } | { ok: false; code: AgainProblem; name?: string };

export async function signInAgain({ app, person }: Session, typed: string): Promise<AgainResult> {
  const code = readCode(typed);
  if (code === null) return { ok: false, code: "code_format" };
  const before = await findPerson(app.device, person.id);
  if (before === undefined) throw new Error("the open person is not among those of this phone");
  try {
    const enrolled = await enrolPhone(app, code);
    const { person: whose, name } = enrolled.answer;
    if (whose !== person.id) return { ok: false, code: name === before.name ? "same_name" : "other_person", name };
    await letIn(app, { ...(await makeRecord(app, enrolled, { code, pin: "" })), pin: before.pin });
    return { ok: true };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const problem = problemOf(error);
    const isUsed = problem === "wrong_code" && (await hashCode(app, code, before.code.salt)) === before.code.hash;
    return { ok: false, code: isUsed ? "code_used" : problem };
  }
}

function problemOf({ code, status }: ApiError): AgainProblem {
  if (code === "unreachable" || (code === "not_ours" && status < 429)) return "offline";
  if (code === "wrong_code" || code === "code_revoked") return code;
  return status === 429 ? "too_many_attempts" : "server";
}
