/**
 * What the acknowledgements of one request prove. Owns rule S6 of SPEC.md. Pure: no database.
 */
import type { SegmentRecord } from "../db/person-schema.ts";
import type { Ack, Reply } from "./reply.ts";

export type SentSegment = Pick<SegmentRecord, "first" | "n" | "hash">;

export interface Verdict {
  /** Events of the stream that are proven now. */
  acked: number;
  /** Segments that were taken, in order. */
  taken: {
    segment: SentSegment;
    level: "received" | "set_aside";
    setAside: [number, string][];
  }[];
  /** End this stream here: everything after it goes to a new one. */
  rotateAt?: number;
  /** The server has less than we believed: send again from here. */
  backTo?: number;
  /** Something arrived damaged: send the same bytes again. */
  damaged: boolean;
}

export function judgeAcks(acked: number, sent: readonly SentSegment[], reply: Pick<Reply, "acks" | "next">): Verdict {
  const verdict: Verdict = { acked, taken: [], damaged: false };
  // Another engine was faster: what this answer says of older segments is known already.
  if (sent[0] !== undefined && sent[0].first !== acked) return verdict;
  const provenByServer = reply.next ?? acked;
  for (const [index, segment] of sent.entries()) {
    const ack: Ack = reply.acks[index] ?? { kind: "unknown" };
    const end = segment.first + segment.n;
    if (ack.kind === "ok" || ack.kind === "dup" || (ack.kind === "aside" && ack.code !== "stream_of_another")) {
      // Both sides must agree that this request proved it; else it is sent again, which does no harm.
      if (segment.first !== verdict.acked || end > provenByServer) break;
      verdict.acked = end;
      const level = ack.kind === "aside" ? "set_aside" : "received";
      verdict.taken.push({
        segment,
        level,
        setAside: ack.kind === "aside" ? everyEvent(segment, ack.code) : ack.setAside,
      });
      continue;
    }
    if (ack.kind === "aside") verdict.rotateAt = verdict.acked;
    if (ack.kind === "fork") verdict.rotateAt = Math.min(ack.next, verdict.acked);
    if (ack.kind === "damaged") verdict.damaged = true;
    if (ack.kind === "gap" && ack.next < verdict.acked) verdict.backTo = ack.next;
    break;
  }
  return verdict;
}

function everyEvent(segment: SentSegment, code: string): [number, string][] {
  return Array.from({ length: segment.n }, (_, index) => [segment.first + index, code]);
}
