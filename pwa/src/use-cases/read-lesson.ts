/** Reading one lesson, remembering the place, finishing it. Owns the joining of page, place and progress. */
import type { Manifest, TryOut } from "../contracts/manifest.ts";
import { append } from "../db/append.ts";
import { findInstalled } from "../db/find-installed.ts";
import { findManifest } from "../db/packs.ts";
import { readRows } from "../db/rows.ts";
import { announce } from "../db/topics.ts";
import { dayIn } from "../domain/days.ts";
import { studyScope } from "../domain/ids.ts";
import { localized } from "../domain/localized.ts";
import { lessonKey } from "../domain/study.ts";
import { BlobStore } from "../packs/blob-store.ts";
import { editionOf } from "./pack-shelf.ts";
import type { Session } from "./session.ts";

export interface Place {
  /** Id of the block that was at the top: "p<n>". */
  block: string;
  /** How far down, 0 to 1, for the progress bar. */
  fraction: number;
}

export interface LessonView {
  pack: string;
  packTitle: string;
  version: number;
  lesson: string;
  /** The language that is really shown (the pack may not have the one that was asked for). */
  language: string;
  /** Pictures that are not on the phone have no `src`. */
  html: string;
  title: string;
  minutes: number;
  objectives: string[];
  journalPrompt: string;
  tryOut?: TryOut;
  hasQuiz: boolean;
  place?: Place;
  finished: boolean;
  previous?: { lesson: string; title: string };
  next?: { lesson: string; title: string };
  /** True when pictures were not installed. */
  withoutPictures: boolean;
}

export type LessonResult =
  | { ok: true; lesson: LessonView }
  | {
      ok: false;
      code: "not_installed" | "recalled" | "damaged";
      reason?: string;
    };

export async function readLesson(session: Session, pack: string, lesson: string, language: string): Promise<LessonResult> {
  const { device, ports } = session.app;
  const installed = await findInstalled(device, pack);
  if (installed === undefined) return { ok: false, code: "not_installed" };
  const recall = (await readRows(session.db, "pack_recalled")).find(({ body }) => body.slug === pack);
  if (recall !== undefined && installed.version <= recall.body.version) {
    return {
      ok: false,
      code: "recalled",
      reason: localized(recall.body.reason, language),
    };
  }
  const manifest = await findManifest(device, installed.manifest);
  const found = manifest === undefined ? undefined : editionOf(manifest, lesson, language);
  if (manifest === undefined || found === undefined)
    return {
      ok: false,
      code: manifest === undefined ? "damaged" : "not_installed",
    };
  const blobs = new BlobStore(ports.caches);
  const page = await blobs.text(found.edition.page);
  if (page === undefined) return { ok: false, code: "damaged" };
  const study = await session.studies.of(studyScope(session.person.id));
  const place = await session.db.read(["places"], async (tx) => await tx.objectStore("places").get([pack, lesson]));
  const { title, objectives, journal_prompt, try_out, quiz } = found.edition;
  return {
    ok: true,
    lesson: {
      pack,
      packTitle: localized(manifest.title, language),
      version: manifest.version,
      lesson,
      language: found.language,
      html: await withoutLostPictures(page, blobs),
      title,
      minutes: manifest.lessons.find((each) => each.id === lesson)?.minutes ?? 0,
      objectives,
      journalPrompt: journal_prompt,
      ...(try_out === undefined ? {} : { tryOut: try_out }),
      hasQuiz: quiz !== undefined,
      ...(place === undefined ? {} : { place: { block: place.block, fraction: place.fraction } }),
      finished: study.lessons.get(lessonKey(pack, lesson))?.finishedMs !== undefined,
      ...neighbours(manifest, lesson, language),
      withoutPictures: installed.tier === "text" && Object.values(manifest.blobs).some((blob) => blob.tier !== "text"),
    },
  };
}

/** A picture that is not on the phone loses its address: nothing is fetched whose price nobody saw. The screen shows its words instead. */
async function withoutLostPictures(page: string, blobs: BlobStore): Promise<string> {
  let html = page;
  for (const [source, hash = ""] of page.matchAll(/ src="\/packs\/b\/([0-9a-f]{64})"/g)) {
    if (!(await blobs.has(hash))) html = html.replace(source, "");
  }
  return html;
}

/** Call when the reader appears; writes `lesson_opened/1` at most once a day. */
export async function openLesson(session: Session, pack: string, lesson: string): Promise<void> {
  const installed = await findInstalled(session.app.device, pack);
  if (installed === undefined) return;
  const { clock } = session.app.ports;
  const mark = `opened:${lessonKey(pack, lesson)}`;
  const before = await session.db.read(["marks"], async (tx) => await tx.objectStore("marks").get(mark));
  const nowMs = clock.nowMs();
  if (before !== undefined && dayIn(session.timeZone, before.atMs) === dayIn(session.timeZone, nowMs)) return;
  const payload = { pack, version: installed.version, lesson };
  await append(
    session.db,
    clock,
    [
      {
        scope: studyScope(session.person.id),
        kind: "lesson_opened/1",
        payload,
      },
    ],
    {
      also: async (tx) => {
        await tx.objectStore("marks").put({ mark, atMs: nowMs });
      },
    },
  );
}

/** Cheap; call on scroll (debounced by the caller to about 500 ms) and on pagehide. */
export async function savePlace(session: Session, pack: string, lesson: string, place: Place): Promise<void> {
  const changedMs = session.app.ports.clock.nowMs();
  await session.db.write(["places"], async (tx) => {
    await tx.objectStore("places").put({
      pack,
      lesson,
      block: place.block,
      fraction: place.fraction,
      changedMs,
    });
  });
  announce(["places"]);
}

/** Finishing twice writes nothing the second time, unless the lesson was read `again`: that is work, and a fact of its own. */
export async function finishLesson(session: Session, pack: string, lesson: string, language: string, again = false): Promise<void> {
  const installed = await findInstalled(session.app.device, pack);
  const study = await session.studies.of(studyScope(session.person.id));
  if (installed === undefined || (!again && study.lessons.get(lessonKey(pack, lesson))?.finishedMs !== undefined)) return;
  const payload = { pack, version: installed.version, lesson, language };
  await append(session.db, session.app.ports.clock, [
    {
      scope: studyScope(session.person.id),
      kind: "lesson_finished/1",
      payload,
    },
  ]);
  void session.app.ports.space.persist();
}

function neighbours(manifest: Manifest, lesson: string, language: string): Pick<LessonView, "previous" | "next"> {
  const at = manifest.lessons.findIndex((each) => each.id === lesson);
  const link = (id: string | undefined): { lesson: string; title: string } | undefined => {
    const title = id === undefined ? undefined : editionOf(manifest, id, language)?.edition.title;
    return id === undefined || title === undefined ? undefined : { lesson: id, title };
  };
  const previous = link(manifest.lessons[at - 1]?.id);
  const next = link(manifest.lessons[at + 1]?.id);
  return {
    ...(previous === undefined ? {} : { previous }),
    ...(next === undefined ? {} : { next }),
  };
}
