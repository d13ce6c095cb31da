/**
 * Asking hubs while the root cannot be reached. Owns a question and what its answer changes. Invariants: nothing a hub says moves `acked` but the root's own
 * signed word, or an epoch at all; what it tells of others goes the way of every pull; an answer counts once, and only for a question of ours.
 */
import { HUB_QUESTION_BYTES_MAX, HUB_TRANSFERS_MAX } from "../contracts/limits.ts";
import type { HubQuestion } from "../contracts/sync.ts";
import { type AskedRecord, changeHub, type HubRecord, listHubs, putAsked, replaceProvisional, takeAsked } from "../db/hubs.ts";
import { getPersonMeta, getSyncMeta } from "../db/meta.ts";
import { findPerson } from "../db/people.ts";
import { announce } from "../db/topics.ts";
import { type Bytes, toBase64url } from "../domain/bytes.ts";
import { isSignedBy } from "../platform/es256.ts";
import { openSealed } from "../platform/hpke.ts";
import type { LockMode } from "../platform/ports.ts";
import { applyReply } from "../sync/apply-reply.ts";
import { cursorsOf, encodeQuestion, type HubReply, provenHeld, readHubAnswer, spanOf } from "../sync/hub-papers.ts";
import { noteHeld } from "../sync/held.ts";
import { sealAll } from "../sync/seal.ts";
import { applyStatements } from "../sync/statements.ts";
import { isStated } from "../sync/transfers.ts";
import { readXtsync, type ReadFile } from "../sync/xtsync.ts";
import { giveFrom, sealFile, within } from "./hand-on.ts";
import { knownHubs, lineTo } from "./hub-known.ts";
import { isOpen, keepProvisional, refreshProvisional } from "./provisional.ts";
import type { Giver, Session } from "./session.ts";

const ROUNDS_MAX = 40;
const PULL_BYTES = 262_144;
/** The rest of the question's header. */
const OPEN_BYTES = 65_536;
/** Of one transfer: the hub can bring it whole or not at all, over a line that may die every few seconds. */
const TRANSFER_BYTES = 16_384;

export type Asked = "answered" | "silent" | "unreadable" | "none";

/** After each run of the engine: what a hub told is shown, and while the root cannot be reached the hubs are asked, until one answers. */
export async function askAround(session: Session, reachable: boolean): Promise<Asked> {
  await keepProvisional(session);
  return reachable ? "none" : await askHubs(session);
}

/** The hubs that a person knows, open or not, until one answers. */
export async function askHubs(giver: Giver, mode?: LockMode): Promise<Asked> {
  let last: Asked = "none";
  for (const hub of await knownHubs(giver)) {
    if (hub.address === "") continue;
    last = await askHub(giver, hub.hub, mode);
    if (last === "answered") break;
  }
  return last;
}

/** Gives what the hub does not hold and takes what it tells, until nothing is left. One at a time, in whichever tab. */
export async function askHub(session: Giver, id: string, mode: LockMode = "wait"): Promise<Asked> {
  const { locks } = session.app.ports;
  const done = await locks.exclusive(`xuetan-hub-${session.person.id}`, mode, async () => await askInRounds(session, id));
  announce(["hubs", "sync"]);
  return done === "busy" ? "silent" : done;
}

async function askInRounds(session: Giver, id: string): Promise<Asked> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const hub = (await listHubs(session.db)).find((one) => one.hub === id);
    const question = hub && (await makeQuestion(session, hub));
    if (hub === undefined || question === undefined) return "none";
    let answer: Bytes;
    try {
      const init = { method: "POST", body: question, headers: { "Content-Type": "application/octet-stream" }, ...lineTo(hub.address) };
      answer = await session.app.api.answer(`${hub.address}/hub/1`, init, async (response) => new Uint8Array(await response.arrayBuffer()));
    } catch {
      return round === 0 ? "silent" : "answered";
    }
    const heard = await takeAnswer(session, answer);
    if (heard === null) return "unreadable";
    if (!heard.more) return "answered";
  }
  return "answered";
}

/** Undefined where this phone signed in before there were keys for files. */
export async function makeQuestion(session: Giver, hub: HubRecord): Promise<Bytes | undefined> {
  const { db, app, person } = session;
  const record = await findPerson(app.device, person.id);
  if (record === undefined) return undefined;
  await sealAll(db);
  const { random, clock } = app.ports;
  const { meta, sync, streams } = await db.read(["meta", "streams"], async (tx) => ({
    meta: await getPersonMeta(tx),
    sync: await getSyncMeta(tx),
    streams: await tx.objectStore("streams").getAll(),
  }));
  const heldThere = hub.epoch === sync.epoch ? hub.held : {};
  const known = Object.fromEntries(streams.map(({ stream, acked }) => [stream, Math.max(acked, heldThere[stream] ?? 0)]));
  const room = { transfers: HUB_TRANSFERS_MAX, bytes: HUB_QUESTION_BYTES_MAX - OPEN_BYTES };
  const given = within(await giveFrom(session, record, ({ stream }) => known[stream] ?? 0, TRANSFER_BYTES), room);
  const nonce = toBase64url(random.bytes(16));
  const epoch = sync.epoch === undefined ? {} : { epoch: sync.epoch };
  const question: HubQuestion = {
    v: 1,
    nonce,
    follow: sync.followVersion,
    cur: cursorsOf(sync),
    max: PULL_BYTES,
    transfers: given.map(({ transfer }) => transfer),
    ...epoch,
    ...(hub.prov === undefined ? {} : { prov: hub.prov }),
  };
  const asked: AskedRecord = {
    nonce,
    hub: hub.hub,
    madeMs: clock.nowMs(),
    stream: meta.current,
    generation: meta.generation,
    ...epoch,
    cursors: sync.cursors,
    spans: question.transfers.map(spanOf),
    known,
  };
  await putAsked(db, asked);
  const to = { kind: "hub_question", key: hub.certificate.file_key, name: "" } as const;
  return await sealFile(session, record, to, encodeQuestion(question, given), asked.madeMs);
}

/** What an answer changes, over the network or by hand. Null when it is none of a hub that is known, or of no question that waits. */
export async function takeAnswer(session: Giver, bytes: Bytes): Promise<{ hub: HubRecord; more: boolean; events: number } | null> {
  const file = readXtsync(bytes);
  const hub = file && (await listHubs(session.db)).find(({ certificate }) => certificate.key === file.header.by);
  const reply = file && hub && (await openAnswer(session, hub, file));
  if (!hub || !reply) return null;
  const asked = await takeAsked(session.db, reply.nonce);
  if (asked === undefined || asked.hub !== hub.hub) return null;
  return { hub, ...(await applyAnswer(session, hub, asked, reply)) };
}

async function openAnswer(session: Giver, hub: HubRecord, file: ReadFile): Promise<HubReply | null> {
  const { crypto } = session.app.ports;
  const { header, signed, signature, sealed, openPart } = file;
  if (header.kind !== "hub_answer" || !(await isSignedBy(crypto, hub.certificate.key, signed, signature))) return null;
  const record = await findPerson(session.app.device, session.person.id);
  const plain = record?.fileKeys && (await openSealed(record.fileKeys, sealed, openPart));
  return plain ? readHubAnswer(plain) : null;
}

async function applyAnswer(
  session: Giver,
  hub: HubRecord,
  asked: AskedRecord,
  reply: HubReply,
): Promise<{ more: boolean; events: number }> {
  const { db, app, rootKey } = session;
  const stated = [];
  for (const one of reply.statements) if (await isStated(app.ports.crypto, rootKey, one)) stated.push(one);
  // When the root spoke is not told; the nearest that is known is now.
  const events = await applyStatements(db, stated, app.ports.clock.nowMs());
  const held = provenHeld(asked.known, asked.spans, reply.held);
  const moved = await noteHeld(db, held, asked.epoch);
  const { pulled } = reply;
  const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined && pulled.epoch === asked.epoch;
  if (isOfOurEpoch) {
    const { stream, generation, epoch, cursors } = asked;
    const request = { stream, generation, epoch, segments: [], unsealed: 0, cursors, off: 0, frame: new Uint8Array() };
    await applyReply(db, request, pulled, null, app.ports);
  }
  if (isOfOurEpoch && reply.provisional !== undefined) await replaceProvisional(db, hub.hub, reply.prov, reply.provisional);
  await changeHub(db, hub.hub, (now) => noteAnswer(now ?? hub, asked, reply, held, app.ports.clock.nowMs()));
  // Of who is not open it is read when they are.
  if (isOpen(session)) await refreshProvisional(session);
  announce(["hubs"]);
  return { more: moved > 0 || (isOfOurEpoch && pulled.more), events };
}

function noteAnswer(now: HubRecord, asked: AskedRecord, reply: HubReply, held: Record<string, number>, nowMs: number): HubRecord {
  const { epoch: _, refused: __, rootAgeMs: ___, ...rest } = now;
  return {
    ...rest,
    held,
    answeredMs: nowMs,
    ...(asked.epoch === undefined ? {} : { epoch: asked.epoch }),
    ...(reply.rootMs === undefined ? {} : { rootAgeMs: Math.max(0, reply.serverMs - reply.rootMs) }),
    ...(reply.refused === undefined ? {} : { refused: reply.refused }),
  };
}
