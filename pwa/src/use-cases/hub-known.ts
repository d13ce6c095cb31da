/**
 * Which hubs this person's phone knows: from rows of the root, and from addresses that somebody typed. Owns who is trusted. Invariant: a hub is known only
 * while the root that this phone pinned vouches for it; one that a row told of is forgotten with the row, any that was revoked at once. One that serves none of the person's places is
 * known only once the person said so: whoever looks after a hub can read what it is given.
 */
import type { HubAbout, HubCertificate } from "../contracts/sync.ts";
import { HUB_ADDRESS_CHARACTERS_MAX } from "../contracts/limits.ts";
import { changeHub, type HubRecord, listHubs } from "../db/hubs.ts";
import { getSyncMeta } from "../db/meta.ts";
import { readRows } from "../db/rows.ts";
import { announce } from "../db/topics.ts";
import { isCertified } from "../sync/hub-papers.ts";
import type { Giver, Session } from "./session.ts";

/** Topics: rows, hubs. The one that answered last comes first. */
export async function knownHubs(session: Giver): Promise<HubRecord[]> {
  const { db, rootKey, app } = session;
  const told = new Set<string>();
  const revoked = await revokedHubs(session);
  for (const { body } of await readRows(db, "hub")) {
    const { name, address, certificate } = body;
    if (revoked.has(certificate.hub) || !(await isCertified(app.ports.crypto, rootKey, certificate))) continue;
    told.add(certificate.hub);
    const origin = originOf(address) ?? "";
    await changeHub(db, certificate.hub, (now) => ({
      ...fresh(certificate, origin),
      ...now,
      name,
      certificate,
      byRow: true,
      address: now?.typed || origin === "" ? (now?.address ?? "") : origin,
    }));
  }
  for (const { hub, byRow } of await listHubs(db))
    if (revoked.has(hub) || (byRow && !told.has(hub))) await changeHub(db, hub, () => undefined);
  return (await listHubs(db)).sort((left, right) => (right.answeredMs ?? 0) - (left.answeredMs ?? 0));
}

export type Added =
  { ok: true; name: string } | { ok: false; code: "address" | "silent" | "stranger" | "revoked" | "elsewhere"; name?: string };

/**
 * Somebody typed where a hub is: it is asked who it is, and believed if the root says so. `elsewhere`: it serves none of the person's places; it is added, and
 * given anything, only when they say so (`anywhere`).
 */
export async function addHub(session: Session, typed: string, anywhere = false): Promise<Added> {
  const address = originOf(typed);
  if (address === undefined) return { ok: false, code: "address" };
  const { app, db, rootKey } = session;
  let certificate: HubCertificate | undefined;
  try {
    ({ certificate } = (await app.api.json(`${address}/hub/1/about`, lineTo(address))) as HubAbout);
  } catch {
    return { ok: false, code: "silent" };
  }
  if (certificate === undefined || !(await isCertified(app.ports.crypto, rootKey, certificate))) return { ok: false, code: "stranger" };
  const { hub, name } = certificate;
  if ((await revokedHubs(session)).has(hub)) return { ok: false, code: "revoked", name };
  const isKnown = (await listHubs(db)).some((one) => one.hub === hub);
  if (!anywhere && !isKnown && !(await servesMe(session, certificate))) return { ok: false, code: "elsewhere", name };
  await changeHub(db, hub, (now) => ({ ...fresh(certificate, address), ...now, certificate, address, typed: true }));
  announce(["hubs"]);
  return { ok: true, name };
}

/** Whom the root has withdrawn, as far as this phone has heard: their certificates go on being signed. */
async function revokedHubs({ db }: Giver): Promise<Set<string>> {
  return new Set((await readRows(db, "hub_revoked")).map(({ body }) => body.hub));
}

/** The places that a person follows are their own and those above it: whom a hub of one of these serves. */
async function servesMe({ db }: Session, { organisation }: HubCertificate): Promise<boolean> {
  const { follow } = await db.read(["meta"], getSyncMeta);
  return follow.some(({ scope }) => scope === `o:${organisation}`);
}

function fresh(certificate: HubCertificate, address: string): HubRecord {
  const { hub, name } = certificate;
  return { hub, name, address, certificate, byRow: false, held: {} };
}

/** Scheme, host and port; what has no scheme is meant to be on the school's network. Undefined when it is no address. */
export function originOf(typed: string): string | undefined {
  const text = typed.trim();
  if (text === "" || text.length > HUB_ADDRESS_CHARACTERS_MAX) return undefined;
  try {
    const { protocol, origin, hostname } = new URL(text.includes("://") ? text : `http://${text}`);
    return (protocol === "http:" || protocol === "https:") && hostname !== "" ? origin : undefined;
  } catch {
    return undefined;
  }
}

/** Lets a page on https reach a plain hub of the local network, where the browser asks for that (Local Network Access); others ignore it. */
export function lineTo(address: string): RequestInit {
  const { protocol, hostname } = new URL(address);
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  return protocol === "http:" && !isLoopback ? ({ targetAddressSpace: "local" } as RequestInit) : {};
}
