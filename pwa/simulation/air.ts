/**
 * Everything that is on its way between phones and root. Owns what a bad line does: loses, doubles, delays, cuts, flips, and answers in the
 * root's place. Each move is one decision of the world.
 */
import { join, u32le, utf8, type Bytes } from "../src/domain/bytes.ts";
import type { Chance } from "../src/sync/testing/ports.ts";
import { type Asked, Flights, flippedAfter } from "./flights.ts";
import type { Phone } from "./phone.ts";

export interface LineFaults {
  lostRequest: number;
  lostAnswer: number;
  doubled: number;
  late: number;
  damaged: number;
  cut: number;
  refused: number;
  crash: number;
  /** Somebody else sends it too, under their own name. */
  stolen: number;
}

export const STORM: LineFaults = {
  lostRequest: 0.12,
  lostAnswer: 0.15,
  doubled: 0.12,
  late: 0.15,
  damaged: 0.08,
  cut: 0.05,
  refused: 0.08,
  crash: 0.03,
  stolen: 0.03,
};
export const NO_LINE_FAULTS: LineFaults = {
  lostRequest: 0,
  lostAnswer: 0,
  doubled: 0,
  late: 0,
  damaged: 0,
  cut: 0,
  refused: 0,
  crash: 0,
  stolen: 0,
};

export interface Taken extends Asked<Reply> {
  frame: Bytes;
  token: string;
}

interface Reply {
  beforeCrash?: true;
  status: number;
  retryAfter?: string;
  text: string;
}

export class Air extends Flights<Taken, Reply> {
  faults = NO_LINE_FAULTS;
  /** Heard an answer that the root gave before it crashed: it is a promise. */
  readonly promised = new Set<Phone>();

  protected goUp(flight: Taken): void {
    const { chance } = this.world;
    const { faults } = this;
    if (flight.phone.isCutOff) return this.land(flight, undefined);
    if (chance.chance(faults.late)) this.drifting.push(flight);
    if (chance.chance(faults.stolen)) this.steal(flight);
    if (chance.chance(faults.lostRequest)) return this.land(flight, undefined);
    if (chance.chance(faults.refused)) return this.land(flight, response(chance.pick(REFUSALS)));
    const frame = chance.chance(faults.damaged)
      ? flipped(flight.frame, chance)
      : chance.chance(faults.cut)
        ? cut(flight.frame, chance)
        : flight.frame;
    if (chance.chance(faults.doubled)) this.deliver({ ...flight, frame });
    const answer = this.deliver({ ...flight, frame });
    if (answer === undefined) this.land(flight, undefined);
    else flight.answer = answer;
  }

  /** Whoever gives a stream's first segment owns the stream: its writer must leave it, and loses nothing. */
  private steal({ phone, frame }: Taken): void {
    const thief = this.world.phones.find((other) => other.person.name === "stranger");
    if (thief === undefined || thief.person === phone.person) return;
    phone.mayFork = true;
    this.deliver({ phone: thief, frame: saidInFull(frame, phone.person.person), token: thief.token });
  }

  protected comeDown(flight: Taken, answer: Reply): void {
    const { chance } = this.world;
    if (chance.chance(this.faults.lostAnswer)) return this.land(flight, undefined);
    const text = chance.chance(this.faults.cut) ? answer.text.slice(0, chance.below(answer.text.length)) : answer.text;
    if (answer.beforeCrash) this.promised.add(flight.phone);
    this.land(flight, response({ ...answer, text }));
  }

  /** To the root, and what it says; undefined when it crashed. */
  protected deliver({ phone, frame, token }: Omit<Taken, "settle" | "answer">): Reply | undefined {
    const { chance } = this.world;
    const crash: { crash?: string } = chance.chance(this.faults.crash) ? { crash: chance.pick(["before", "after"]) } : {};
    type Told = { status: number; retry_after?: string };
    const { header, body } = this.world.post<Told>({ op: "post", token, ...crash }, frame);
    if (header.status === 0) return undefined;
    if (header.status === 401) phone.refused = true;
    const text = new TextDecoder().decode(body);
    if (header.status === 200) this.world.watch.answered(phone, text);
    else if (header.status >= 500) this.world.watch.broken("CRASH", `the root answered ${header.status}: ${text}`);
    const promise = crash.crash === undefined ? {} : { beforeCrash: true as const };
    return { status: header.status, text, ...promise, ...(header.retry_after == null ? {} : { retryAfter: header.retry_after }) };
  }
}

/** What stands between a phone and its root, and the root in distress. */
const REFUSALS: readonly Reply[] = [
  { status: 200, text: "<html>Welcome to the hotel</html>" },
  { status: 401, text: "<html>Please pay</html>" },
  { status: 413, text: '{"code":"request_too_large","retry":"later"}' },
  { status: 429, text: '{"code":"too_many_attempts","retry":"later"}', retryAfter: "7" },
  { status: 500, text: '{"code":"internal_error","retry":"later"}' },
  { status: 503, text: '{"code":"busy","retry":"later"}' },
  { status: 400, text: '{"code":"unsupported_version","retry":"after_update"}' },
  { status: 401, text: '{"code":"sign_in_required","retry":"after_sign_in"}' },
];

/** As much of a Response as the client looks at. */
function response({ status, text, retryAfter }: Reply): Response {
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name: string) => (name === "Retry-After" ? (retryAfter ?? null) : null) },
    json: async () => JSON.parse(text) as unknown,
  } as unknown as Response;
}

/** One bit of ids and bodies: a segment's hash must tell. A header with a flipped bit is what TLS is for. */
function flipped(frame: Bytes, chance: Chance): Bytes {
  const start = 4 + new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  return start >= frame.length ? frame : flippedAfter(frame, start, chance);
}

/** A frame's short words for its writer's own scopes mean other scopes under another's name; a thief who knows that writes them out. */
function saidInFull(frame: Bytes, writer: string): Bytes {
  const end = 4 + new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(frame.subarray(4, end))) as unknown[];
  const segments = (header[SEGMENTS_IN_HEADER] ?? []) as [string, ...unknown[]][];
  if (segments.length === 0) return frame;
  header[SEGMENTS_IN_HEADER] = segments.map(([scope, ...rest]) => [scope === "u:" || scope === "p:" ? scope + writer : scope, ...rest]);
  const text = utf8(JSON.stringify(header));
  return join(u32le(text.length), text, frame.slice(end));
}

const SEGMENTS_IN_HEADER = 8;

function cut(frame: Bytes, chance: Chance): Bytes {
  return frame.slice(0, chance.below(frame.length));
}
