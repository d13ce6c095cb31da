/**
 * Writing an entry, new or changed. Owns the choice of the draft that an address means; the text itself is kept by `EntryForm`.
 * Addresses: `/journal/new` (a fresh draft), `?draft=` (that draft), `?pack=&lesson=` (about a lesson), `/journal/<entry>/edit`.
 */
import { useEffect, useState } from "preact/hooks";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { query } from "../../ui/location.ts";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { contentOf, readDraft, saveDraft } from "../../use-cases/drafts.ts";
import { readEntry } from "../../use-cases/journal.ts";
import { listDrafts } from "../../use-cases/list-drafts.ts";
import { readLesson } from "../../use-cases/read-lesson.ts";
import type { Session } from "../../use-cases/session.ts";
import type { DraftHead } from "./draft-keeper.ts";
import { draftStash } from "./draft-stash.ts";
import { newDraftName } from "./draft-store.ts";
import { EntryForm } from "./EntryForm.tsx";
import "./journal.css";

export interface Start {
  head: DraftHead;
  text: string;
  /** The content of a draft that was there before; null when none was. */
  found: string | null;
  /** The text is newer than what the store has. */
  unsaved: boolean;
  lessonTitle?: string;
}

interface JournalEditorProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

export function JournalEditor({ session, params }: JournalEditorProps) {
  const [start, setStart] = useState<Start | null | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  useEffect(() => {
    findStart(session, params.entry, language.peek()).then(setStart, setFailure);
  }, [session, params.entry]);
  if (failure !== undefined) throw failure;
  if (start === undefined) return <Opening label={t("app.loading")} />;
  if (start === null) {
    return (
      <Screen title={t("journal.missing_title")}>
        <p>{t("journal.missing_text")}</p>
        <ButtonLink href="/journal">{t("journal.to_list")}</ButtonLink>
      </Screen>
    );
  }
  return <EntryForm session={session} start={start} />;
}

async function findStart(session: Session, entry: string | undefined, shown: string): Promise<Start | null> {
  const start = await findStored(session, entry, shown);
  if (start === null) return null;
  const stash = draftStash(session, () => start.head.draft);
  const left = stash.find();
  if (left === undefined) return start;
  if (left.over.includes(start.found)) return { ...start, text: left.text, unsaved: true };
  // Another tab has written here since: its words stay, and those left behind become a draft of their own.
  const known = await listDrafts(session);
  if (!known.some(({ text }) => text === left.text))
    await saveDraft(session, { ...start.head, draft: newDraftName(session, start.head.draft), text: left.text });
  stash.drop();
  return start;
}

async function findStored(session: Session, entry: string | undefined, shown: string): Promise<Start | null> {
  const named = query("draft");
  const pack = query("pack");
  const lesson = query("lesson");
  const name = named ?? entry ?? (pack !== undefined && lesson !== undefined ? `new:${pack}/${lesson}` : newDraftName(session, "new"));
  const draft = await readDraft(session, name);
  if (draft !== null) {
    const { text, changedMs: _, ...head } = draft;
    return { head, text, found: contentOf(draft), unsaved: false };
  }
  if (entry !== undefined) return startOfEdit(session, entry, name, shown);
  if (pack !== undefined && lesson !== undefined) return startOfLesson(session, pack, lesson, name, shown);
  return {
    head: { draft: name, parents: [] },
    text: "",
    found: null,
    unsaved: false,
  };
}

async function startOfEdit(session: Session, entry: string, name: string, shown: string): Promise<Start | null> {
  const view = await readEntry(session, entry, shown);
  const head = view?.heads[0];
  if (view === null || head === undefined) return null;
  const { prompt, pack, lesson, lessonTitle } = view;
  return {
    head: {
      draft: name,
      entry,
      parents: [head.ver],
      ...(head.blobs.length === 0 ? {} : { blobs: head.blobs }),
      ...given({ prompt, pack, lesson }),
    },
    text: head.text,
    found: null,
    unsaved: false,
    ...given({ lessonTitle }),
  };
}

async function startOfLesson(session: Session, pack: string, lesson: string, name: string, shown: string): Promise<Start> {
  const result = await readLesson(session, pack, lesson, shown);
  const prompt = result.ok ? result.lesson.journalPrompt : undefined;
  return {
    head: { draft: name, parents: [], pack, lesson, ...given({ prompt }) },
    text: "",
    found: null,
    unsaved: false,
    ...given({ lessonTitle: result.ok ? result.lesson.title : undefined }),
  };
}

/** Leaves out what is undefined. */
function given<T extends Record<string, string | undefined>>(fields: T): { [key in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [key in keyof T]?: string };
}
