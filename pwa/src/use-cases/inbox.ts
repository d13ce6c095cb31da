/**
 * The inbox: what the server told this person, each with the words that it is about where this phone has them, so that two of one writer do not
 * look alike. Read marks stay on this device.
 */
import { readRows } from "../db/rows.ts";
import { announce } from "../db/topics.ts";
import { standing } from "../domain/feedback-chains.ts";
import { studyScope } from "../domain/ids.ts";
import { headsOf } from "../domain/journal-graph.ts";
import type { FeedbackTrace, Study } from "../domain/study.ts";
import { excerptOf } from "./excerpt.ts";
import type { Session } from "./session.ts";

export interface InboxView {
  item: string;
  textKey: string;
  params: Record<string, string>;
  link?: string;
  createdMs: number;
  read: boolean;
  /** First words of the entry that it is about. */
  entry?: string;
  /** What the mentor said of it. */
  verdict?: FeedbackTrace["verdict"];
  /** First words of the feedback or the message. */
  words?: string;
}

/** Newest first. Topics: rows, places, events, pulled. */
export async function listInbox(session: Session): Promise<InboxView[]> {
  const items = await readRows(session.db, "inbox_item");
  const marks = new Set(await session.db.read(["marks"], async (tx) => await tx.objectStore("marks").getAllKeys()));
  const views: InboxView[] = [];
  for (const { key, body } of items) {
    const { text_key: textKey, params, link, created_ms: createdMs } = body;
    // That somebody signed in on this phone is for their other phones.
    if (params["phone"] === session.deviceId) continue;
    const about = await readAbout(session, link ?? "", params);
    views.push({ item: key, textKey, params, ...(link === undefined ? {} : { link }), createdMs, read: marks.has(markOf(key)), ...about });
  }
  return views.sort((left, right) => right.createdMs - left.createdMs);
}

type About = Pick<InboxView, "entry" | "verdict" | "words">;

/** The link says whose study it is in, and which entry. */
async function readAbout(session: Session, link: string, params: Record<string, string>): Promise<About> {
  const [, own, teacher, entry] = /^\/(?:journal\/([^/]+)|teachers\/([^/]+)(?:\/([^/]+))?|messages)$/.exec(link) ?? [];
  if (own === undefined && teacher === undefined && link !== "/messages") return {};
  const study = await session.studies.of(studyScope(teacher ?? session.person.id));
  const [head] = headsOf(study.entries.get(own ?? entry ?? "")?.values() ?? []);
  return { ...(head === undefined ? {} : { entry: excerptOf(head.text) }), ...aboutWords(study, params, own !== undefined) };
}

/** `given`: told to whom it was given; its writer knows what they wrote. What was taken back or changed since is not shown. */
function aboutWords(study: Study, { feedback, message }: Record<string, string>, given: boolean): About {
  const said = given ? standing(study).find((one) => one.feedback === feedback) : undefined;
  const sent = [...study.messages.values()].find((one) => one.message === message);
  const text = excerptOf(said?.text ?? sent?.text ?? "");
  return { ...(said === undefined ? {} : { verdict: said.verdict }), ...(text === "" ? {} : { words: text }) };
}

export async function markInboxRead(session: Session, items: string[]): Promise<void> {
  const atMs = session.app.ports.clock.nowMs();
  await session.db.write(["marks"], async (tx) => {
    for (const item of items) await tx.objectStore("marks").put({ mark: markOf(item), atMs });
  });
  announce(["places"]);
}

function markOf(item: string): string {
  return `inbox:${item}`;
}
