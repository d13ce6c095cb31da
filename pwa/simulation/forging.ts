/**
 * Somebody who has a phone of the programme and gives a hub words under another's name, in each way that there is. Owns no truth: what they say nobody wrote,
 * so whoever is shown it was deceived.
 */
import { toBase64url } from "../src/domain/bytes.ts";
import type { StreamEvent } from "../src/domain/event.ts";
import { segmentHash } from "../src/domain/segment-hash.ts";
import { listHubs } from "../src/db/hubs.ts";
import { findPerson } from "../src/db/people.ts";
import { cutBody } from "../src/sync/seal.ts";
import { encodeQuestion } from "../src/sync/hub-papers.ts";
import { type Author, type Carried, giveSegments } from "../src/sync/transfers.ts";
import { sealFile } from "../src/use-cases/hand-on.ts";
import { digest } from "./compression.ts";
import type { Hubs } from "./hubs.ts";
import type { Phone } from "./phone.ts";
import { SIGNATURES } from "./subtle.ts";
import type { World } from "./world.ts";

export async function forge(world: World, hubs: Hubs): Promise<void> {
  const { chance } = world;
  const thief = world.phones.find(({ person }) => person.name === "stranger");
  const victim = chance.pick(world.phones.filter(({ person }) => person.name.startsWith("teacher")));
  const session = thief?.anyTab().asking?.session;
  if (thief === undefined || session === undefined) return;
  await world.activities.quiet();
  const record = await findPerson(session.app.device, thief.person.person);
  const [hub] = (await listHubs(session.db)).filter(({ address }) => hubs.at(address) !== undefined);
  if (record === undefined || hub === undefined) return;
  const key = record.keys.privateKey;
  // As whom the question is asked, and whose the transfer says it is.
  const [asks, author]: [string, Author] = chance.pick([
    [thief.device, { person: victim.person.person, device: victim.device, key }],
    [thief.device, { person: victim.person.person, device: thief.device, key }],
    [victim.device, { person: victim.person.person, device: victim.device, key }],
  ]);
  const carried = await words(world, victim, author);
  const transfers = carried.map(({ transfer }) => transfer);
  const question = { v: 1, nonce: toBase64url(chance.bytes(16)), follow: 0, cur: [], transfers } as const;
  const to = { kind: "hub_question", key: hub.certificate.file_key, name: "" } as const;
  const plain = encodeQuestion({ ...question, cur: [] }, carried);
  const bytes = await sealFile(session, { ...record, device: asks }, to, plain, world.nowMs);
  hubs.line.bring({ phone: thief, address: hub.address, bytes, reader: thief.fileKeys });
}

/** Something that is permitted in every way but that nobody wrote it. */
async function words(world: World, victim: Phone, author: Author): Promise<Carried[]> {
  const token = `forged#${world.nextNumber()}`;
  const payload = { entry: "AAAAAAAAAAAAAAAA", ver: "AAAAAAAAAAAAAAAAAAAAAA", parents: [], text: "I give up", token };
  const scope = `u:${victim.person.person}`;
  const events = [{ scope, kind: "journal_saved/1", ts: world.nowMs, payload }] as unknown as StreamEvent[];
  const { n, body } = await cutBody(events);
  const identity = { stream: toBase64url(world.chance.bytes(16)), scope, first: 0, n, prev: "" };
  return await giveSegments(SIGNATURES, author, n, [{ ...identity, hash: await segmentHash(digest, identity, body), body }]);
}
