/** Journal entries in a line each, for the teacher's list and the mentor's. Pure over a folded study. */
import type { Delivery, DeliveryBook } from "../db/delivery.ts";
import { standing } from "../domain/feedback-chains.ts";
import { headsOf } from "../domain/journal-graph.ts";
import type { Study, VersionTrace } from "../domain/study.ts";
import { excerptOf } from "./excerpt.ts";

export interface EntrySummary {
  entry: string;
  /** First line or first characters of the shown version. */
  excerpt: string;
  prompt?: string;
  pack?: string;
  lesson?: string;
  /** Photos and recordings of the shown version. */
  blobCount: number;
  firstMs: number;
  changedMs: number;
  /** True when two devices wrote at once and both versions are kept. */
  twoVersions: boolean;
  /** waiting: only on this phone; at_hub: a hub has it, too; received: the server has it; to_check: it had it; set_aside: needs a look. */
  delivery: Delivery;
  feedbackCount: number;
  feedbackUnread: number;
  lastVerdict?: "accept" | "revise" | "talk" | "comment";
}

export function summariesOf(study: Study, book: DeliveryBook): EntrySummary[] {
  return [...study.entries]
    .map(([entry, versions]) => summaryOf(entry, versions, study, book))
    .sort((left, right) => right.changedMs - left.changedMs);
}

export function aboutOf(version: VersionTrace | undefined): {
  prompt?: string;
  pack?: string;
  lesson?: string;
} {
  return {
    ...(version?.prompt === undefined ? {} : { prompt: version.prompt }),
    ...(version?.pack === undefined ? {} : { pack: version.pack }),
    ...(version?.lesson === undefined ? {} : { lesson: version.lesson }),
  };
}

function summaryOf(entry: string, versions: ReadonlyMap<string, VersionTrace>, study: Study, book: DeliveryBook): EntrySummary {
  const heads = headsOf(versions.values());
  const shown = heads[0];
  const feedback = standing(study)
    .filter((each) => each.entry === entry)
    .sort((left, right) => left.atMs - right.atMs);
  const last = feedback[feedback.length - 1];
  const deliveries = heads.map((head) => book.of(head));
  return {
    entry,
    excerpt: excerptOf(shown?.text ?? ""),
    ...aboutOf(shown),
    blobCount: shown?.blobs?.length ?? 0,
    firstMs: Math.min(...[...versions.values()].map((version) => version.savedMs)),
    changedMs: shown?.savedMs ?? 0,
    twoVersions: heads.length > 1,
    delivery: (["set_aside", "waiting", "at_hub", "to_check"] as const).find((delivery) => deliveries.includes(delivery)) ?? "received",
    feedbackCount: feedback.length,
    feedbackUnread: feedback.filter((each) => !study.feedbackRead.has(each.feedback)).length,
    ...(last === undefined ? {} : { lastVerdict: last.verdict }),
  };
}
