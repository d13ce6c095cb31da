/** The learning log: entries and versions. Owns saving and reading; `domain/journal-graph.ts` which version is shown. */
import { JOURNAL_TEXT_CHARACTERS_MAX } from "../contracts/limits.ts";
import type { BlobRef, JournalSaved } from "../contracts/events.ts";
import { append } from "../db/append.ts";
import { nameBlobs } from "../db/blobs.ts";
import { type Delivery, type DeliveryBook, readDeliveries } from "../db/delivery.ts";
import { newThingId, studyScope } from "../domain/ids.ts";
import { headsOf, newestFirst } from "../domain/journal-graph.ts";
import { sortedParents, versionOf } from "../domain/journal-version.ts";
import type { VersionTrace } from "../domain/study.ts";
import { countCharacters, wellFormed, wellFormedText } from "../domain/well-formed.ts";
import { contentOf, discardDraft, dropDraft, type OwnDraft } from "./drafts.ts";
import { aboutOf, type EntrySummary, summariesOf } from "./entry-summaries.ts";
import { digest } from "../platform/compression.ts";
import type { FeedbackThread } from "./feedback.ts";
import { threadsOf } from "./feedback-threads.ts";
import { type MergeView, mergeOf } from "./merge-view.ts";
import { readNames } from "./names.ts";
import { lessonTitle } from "./lesson-names.ts";
import { readShelf } from "./pack-shelf.ts";
import type { Session } from "./session.ts";

export interface EntryVersion {
  ver: string;
  parents: string[];
  text: string;
  blobs: BlobRef[];
  savedMs: number;
  delivery: Delivery;
  /** Written on this phone. */
  here: boolean;
}

export interface EntryView {
  entry: string;
  prompt?: string;
  pack?: string;
  lesson?: string;
  lessonTitle?: string;
  /** The versions that are shown: one, or two and more after writing on two devices at once. Newest first. */
  heads: EntryVersion[];
  versions: EntryVersion[];
  /** Offered where there is more than one head. */
  merge: MergeView | null;
  feedback: FeedbackThread[];
}

export interface EntryInput {
  /** Absent for a new entry. */
  entry?: string;
  parents: string[];
  text: string;
  prompt?: string;
  pack?: string;
  lesson?: string;
  /** Photos and recordings, whose bytes the draft brought to this phone. */
  blobs?: BlobRef[];
  /** The draft that this was written in; removed in the same transaction. */
  draft?: OwnDraft;
}

export type { EntrySummary } from "./entry-summaries.ts";
export type SaveResult = { ok: true; entry: string; ver: string } | { ok: false; code: "too_long" | "empty" };

/** Newest first. Topics: events, pulled. */
export async function listEntries(session: Session, _language: string): Promise<EntrySummary[]> {
  return summariesOf(await session.studies.of(studyScope(session.person.id)), await readDeliveries(session.db));
}

export async function readEntry(session: Session, entry: string, language: string): Promise<EntryView | null> {
  const study = await session.studies.of(studyScope(session.person.id));
  const versions = study.entries.get(entry);
  if (versions === undefined) return null;
  const [book, names, shelf] = [await readDeliveries(session.db), await readNames(session), await readShelf(session.app)];
  const [shown] = headsOf(versions.values());
  const title =
    shown?.pack === undefined || shown.lesson === undefined ? undefined : lessonTitle(shelf, shown.pack, shown.lesson, language);
  return {
    entry,
    ...aboutOf(shown),
    ...(title === undefined ? {} : { lessonTitle: title }),
    heads: headsOf(versions.values()).map((version) => versionView(version, book)),
    versions: [...versions.values()].sort(newestFirst).map((version) => versionView(version, book)),
    merge: mergeOf(entry, versions),
    feedback: threadsOf(study, book, names, entry),
  };
}

/** Text longer than JOURNAL_TEXT_CHARACTERS_MAX is `too_long`, neither words nor anything attached is `empty`; nothing else is ever refused. */
export async function saveEntry(session: Session, input: EntryInput): Promise<SaveResult> {
  const text = wellFormedText(input.text);
  const blobs = wellFormed(input.blobs ?? []);
  if (text.trim() === "" && blobs.length === 0) return { ok: false, code: "empty" };
  if (countCharacters(text) > JOURNAL_TEXT_CHARACTERS_MAX) return { ok: false, code: "too_long" };
  const { random, clock, space } = session.app.ports;
  const entry = input.entry ?? newThingId(random);
  const same = await findSame(session, entry, { text, blobs });
  if (same !== undefined) {
    if (input.draft !== undefined) await discardDraft(session, input.draft);
    return { ok: true, entry, ver: same };
  }
  const named: Omit<JournalSaved, "ver"> = {
    entry,
    parents: sortedParents(input.parents),
    text,
    ...(input.prompt === undefined ? {} : { prompt: wellFormedText(input.prompt) }),
    ...(input.pack === undefined ? {} : { pack: input.pack }),
    ...(input.lesson === undefined ? {} : { lesson: input.lesson }),
    ...(blobs.length === 0 ? {} : { blobs }),
  };
  const payload: JournalSaved = {
    ...named,
    ver: await versionOf(digest, named),
  };
  await append(
    session.db,
    clock,
    [
      {
        scope: studyScope(session.person.id),
        kind: "journal_saved/1",
        payload,
      },
    ],
    {
      also: async (tx) => {
        if (input.draft !== undefined) await dropDraft(tx, input.draft);
        await nameBlobs(tx, blobs);
      },
      topics: ["drafts", "blobs"],
    },
  );
  void space.persist();
  return { ok: true, entry, ver: payload.ver };
}

/** Ends two versions: writes a version with the text of `ver` (or the given text) whose parents are all heads. */
export async function chooseHead(session: Session, entry: string, ver: string, text?: string): Promise<void> {
  const versions = (await session.studies.of(studyScope(session.person.id))).entries.get(entry);
  const chosen = versions?.get(ver);
  if (versions === undefined || chosen === undefined) return;
  const parents = headsOf(versions.values()).map((head) => head.ver);
  await saveEntry(session, {
    entry,
    parents,
    text: text ?? chosen.text,
    ...(chosen.blobs === undefined ? {} : { blobs: chosen.blobs }),
    ...aboutOf(chosen),
  });
}

export function versionView(version: VersionTrace, book: DeliveryBook): EntryVersion {
  const { ver, parents, text, savedMs, blobs = [] } = version;
  return { ver, parents, text, blobs, savedMs, delivery: book.of(version), here: book.isOwn(version) };
}

/** The one head when it has this very content already: saving it again would only make noise. */
async function findSame(session: Session, entry: string, content: { text: string; blobs: BlobRef[] }): Promise<string | undefined> {
  const versions = (await session.studies.of(studyScope(session.person.id))).entries.get(entry);
  const heads = headsOf(versions?.values() ?? []);
  return heads.length === 1 && heads[0] !== undefined && contentOf(heads[0]) === contentOf(content) ? heads[0].ver : undefined;
}
