/**
 * The server of the dumps: what it was sent stands in a dump as frames, and is said to it again. Owns who may read what there, and its rows.
 * Invariant: the same frames in the same order make the same server.
 */
import type { Bytes } from "../../domain/bytes.ts";
import { type Caller, ProtocolServer } from "../../sync/testing/protocol-server.ts";
import { fromBase64, toBase64 } from "./dump.ts";

export const TEACHER = "meiAAAAAAAAAAAAAAAAAAA";
export const MENTOR = "zhouAAAAAAAAAAAAAAAAAA";
export const STUDY = `u:${TEACHER}`;
export const CLASS = "c:stone-steps";
/** She was never in it: what is written there is set aside. */
export const CLOSED = "c:other-school";

/** Who sent it, from which device, and the frame in base64. */
export type SentFrame = [person: string, device: string, frame: string];

export class ServerOfTheYears {
  readonly server = new ProtocolServer();
  readonly sent: SentFrame[] = [];

  constructor() {
    const { server } = this;
    server.addMember(STUDY, TEACHER, "owner");
    server.addMember(CLASS, TEACHER, "member");
    server.addMember(STUDY, MENTOR, "mentor");
    server.appendRow(STUDY, "pair", "pair", { teacher: TEACHER, teacher_name: "梅老师", mentor: MENTOR, mentor_name: "周老师" });
    server.appendRow(CLASS, "assignment", "why-questions", { slug: "why-questions", version: 1, assigned_ms: 1_760_000_000_000 });
  }

  static async of(sent: readonly SentFrame[]): Promise<ServerOfTheYears> {
    const made = new ServerOfTheYears();
    for (const [person, device, frame] of sent) await made.handle(fromBase64(frame), { person, device });
    return made;
  }

  async handle(frame: Bytes, caller: Caller): Promise<Record<string, unknown>> {
    this.sent.push([caller.person, caller.device, toBase64(frame)]);
    return await this.server.handle(frame, caller);
  }
}
