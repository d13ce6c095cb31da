/** The catalogue: what can be installed, what is, what it costs. Owns the joining of rows, installed packs, downloads and progress. */
import type { Manifest } from "../contracts/manifest.ts";
import type { PackCard } from "../contracts/rows.ts";
import type { PackRefusedCode } from "../contracts/vocabularies.ts";
import type { DownloadRecord, InstalledPack } from "../db/device-schema.ts";
import { listDownloads } from "../db/packs.ts";
import { type Row, readRows } from "../db/rows.ts";
import { studyScope } from "../domain/ids.ts";
import { localized } from "../domain/localized.ts";
import type { Study } from "../domain/study.ts";
import { isTier, type PackTier } from "../packs/tiers.ts";
import { readShelf, type Shelf } from "./pack-shelf.ts";
import type { Session } from "./session.ts";

export type { PackTier } from "../packs/tiers.ts";
export type PackState = "available" | "downloading" | "installed" | "update" | "recalled";

export interface PackView {
  slug: string;
  title: string;
  summary: string;
  compulsory: boolean;
  /** Who gave it to the person's class, and until which day ("YYYY-MM-DD", the organisation's zone). */
  assigned?: { byName: string; note?: string };
  dueDay?: string;
  /** The version that is offered now. */
  version: number;
  installedVersion?: number;
  state: PackState;
  /** Tier that is installed. */
  tier?: PackTier;
  /** While downloading: what is here and what it takes; `paused` while nobody loads. */
  progress?: {
    tier: PackTier;
    bytesDone: number;
    bytesTotal: number;
    paused: boolean;
  };
  /** Bytes over the wire to install this version, from the smallest tier up; for an update the most that it can take. */
  prices: { tier: PackTier; bytes: number }[];
  minutes: number;
  questions: number;
  lessonsDone: number;
  lessonsTotal: number;
  /** Why the last try to install was refused; the pack that was there before still works. */
  refusal?: PackRefusedCode | "offline" | "server";
  /** Why the pack was recalled. */
  recallReason?: string;
}

export interface Sources {
  cards: Map<string, PackCard>;
  assignments: Map<string, Row<"assignment">["body"]>;
  recalls: Map<string, Row<"pack_recalled">["body"]>;
  downloads: Map<string, DownloadRecord>;
  shelf: Shelf;
  study: Study;
}

/** Below this, pictures are chosen beforehand: they are part of the lesson and cost little. */
const PICTURES_CHOSEN_BYTES_MAX = 1_000_000;

/** What is chosen until the person chooses, and what is said wherever one figure stands for the pack. */
export function offered({ prices: [text, pictures] }: Pick<PackView, "prices">): PackView["prices"][number] | undefined {
  return pictures && pictures.bytes <= PICTURES_CHOSEN_BYTES_MAX ? pictures : text;
}

/** Topics to watch: rows, packs, downloads, events, pulled. */
export async function readCatalogue(session: Session, language: string): Promise<PackView[]> {
  const sources = await readSources(session);
  const slugs = new Set([...sources.cards.keys(), ...sources.shelf.keys()]);
  return [...slugs].map((slug) => viewOf(slug, sources, language)).sort(byUrgency);
}

export async function readSources(session: Session): Promise<Sources> {
  const [cards, assignments, recalls, downloads, shelf, study] = await Promise.all([
    readRows(session.db, "pack"),
    readRows(session.db, "assignment"),
    readRows(session.db, "pack_recalled"),
    listDownloads(session.app.device),
    readShelf(session.app),
    session.studies.of(studyScope(session.person.id)),
  ]);
  return {
    cards: newestCards(cards),
    assignments: soonest(assignments),
    recalls: new Map(recalls.map(({ body }) => [body.slug, body])),
    downloads: new Map(downloads.map((download) => [download.slug, download])),
    shelf,
    study,
  };
}

export function newestCards(rows: readonly Row<"pack">[]): Map<string, PackCard> {
  const cards = new Map<string, PackCard>();
  for (const { body } of rows) if (body.version > (cards.get(body.slug)?.version ?? 0)) cards.set(body.slug, body);
  return cards;
}

/** A pack that two classes were given is due on the earlier day. */
function soonest(rows: readonly Row<"assignment">[]): Sources["assignments"] {
  const found: Sources["assignments"] = new Map();
  for (const { body } of rows) {
    const before = found.get(body.slug);
    if (before === undefined || (body.due_day ?? "9999") < (before.due_day ?? "9999")) found.set(body.slug, body);
  }
  return found;
}

export function viewOf(slug: string, sources: Sources, language: string): PackView {
  const card = sources.cards.get(slug);
  const shelf = sources.shelf.get(slug);
  const assignment = sources.assignments.get(slug);
  const download = sources.downloads.get(slug);
  const recall = sources.recalls.get(slug);
  const installed = shelf?.installed;
  const version = card?.version ?? installed?.version ?? 0;
  const state = stateOf(installed, version, download, recall?.version);
  const lessons = shelf?.manifest.lessons;
  return {
    slug,
    title: localized(card?.title ?? shelf?.manifest.title, language),
    summary: localized(card?.summary ?? shelf?.manifest.summary, language),
    compulsory: card?.compulsory ?? shelf?.manifest.compulsory ?? false,
    version,
    state,
    prices: (card?.tiers ?? []).flatMap(({ tier, bytes }) => (isTier(tier) ? [{ tier, bytes }] : [])),
    minutes: card?.minutes ?? lessons?.reduce((sum, lesson) => sum + lesson.minutes, 0) ?? 0,
    questions: card?.questions ?? lessons?.reduce((sum, lesson) => sum + lesson.questions, 0) ?? 0,
    lessonsDone: countDone(sources.study, slug, shelf?.manifest),
    lessonsTotal: lessons?.length ?? card?.lessons ?? 0,
    ...(assignment === undefined
      ? {}
      : {
          assigned: {
            byName: assignment.by_name,
            ...(assignment.note === undefined ? {} : { note: assignment.note }),
          },
        }),
    ...(typeof assignment?.due_day === "string" ? { dueDay: assignment.due_day } : {}),
    ...(installed === undefined ? {} : { installedVersion: installed.version }),
    ...(installed !== undefined && isTier(installed.tier) ? { tier: installed.tier } : {}),
    ...(download === undefined ? {} : downloadView(download)),
    ...(state === "recalled" && recall !== undefined ? { recallReason: localized(recall.reason, language) } : {}),
  };
}

function downloadView(download: DownloadRecord): Pick<PackView, "progress" | "refusal"> {
  const { tier, bytesDone, bytesTotal, state, refusal } = download;
  return {
    ...(state === "refused" || !isTier(tier)
      ? {}
      : {
          progress: {
            tier,
            bytesDone,
            bytesTotal,
            paused: state !== "running",
          },
        }),
    ...(refusal === undefined || state === "running" ? {} : { refusal: refusal as PackRefusedCode | "offline" | "server" }),
  };
}

function stateOf(
  installed: InstalledPack | undefined,
  version: number,
  download: DownloadRecord | undefined,
  recalled: number | undefined,
): PackState {
  if (recalled !== undefined && (installed?.version ?? version) <= recalled) return "recalled";
  if (download !== undefined && download.state !== "refused") return "downloading";
  if (installed === undefined) return "available";
  return version > installed.version && version !== recalled ? "update" : "installed";
}

function countDone(study: Study, slug: string, manifest: Manifest | undefined): number {
  const finished = [...study.lessons.values()].filter((trace) => trace.pack === slug && trace.finishedMs !== undefined);
  if (manifest === undefined) return finished.length;
  const known = new Set(manifest.lessons.map((lesson) => lesson.id));
  return finished.filter((trace) => known.has(trace.lesson)).length;
}

/** Due first, then what was given, then compulsory, then by title. */
function byUrgency(left: PackView, right: PackView): number {
  const rank = (view: PackView): string => `${view.dueDay ?? "9999"} ${view.assigned === undefined ? 1 : 0}${view.compulsory ? 0 : 1}`;
  return compare(rank(left), rank(right)) || compare(left.title, right.title);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
