import { expect, test } from "vitest";
import { chooseStep, type StepSources } from "./next-step.ts";
import { applyEvent, emptyStudy, type Study } from "./study.ts";

const DAY_MS = 86_400_000;
const LESSON = { lesson: "01", title: "第一课", minutes: 8, questions: 0, prompt: "" };

let seq = 0;

function happened(study: Study, by: string, kind: string, shownMs: number, payload: Record<string, unknown>): void {
  seq += 1;
  applyEvent(study, { scope: "study:t", kind, payload, ts: shownMs, stream: by, seq, by, shownMs } as Parameters<typeof applyEvent>[1]);
}

function sources(change: Partial<StepSources> = {}): StepSources {
  return {
    nowMs: 10 * DAY_MS,
    online: true,
    study: emptyStudy("t"),
    attempts: [],
    places: [],
    drafts: [],
    packs: [{ pack: "here", title: "在手机里", lessons: [LESSON] }],
    installable: [{ pack: "away", title: "还没下载", bytes: 80_000 }],
    reviews: [],
    ...change,
  };
}

test("with no network an unread lesson that is here comes before a download", () => {
  expect(chooseStep(sources())).toMatchObject({ kind: "install-pack" });
  expect(chooseStep(sources({ online: false }))).toMatchObject({ kind: "start-lesson", pack: "here" });
});

test("a request to revise comes before a draft, until a newer version or a later acceptance answers it", () => {
  const study = emptyStudy("t");
  const from = sources({ study, drafts: [{ draft: "new", excerpt: "一", changedMs: 10 * DAY_MS }] });
  happened(study, "t", "journal_saved/1", 1, { entry: "e", ver: "v1", parents: [], text: "一" });
  happened(study, "m", "feedback_given/1", 2, { feedback: "f", entry: "e", ver: "v1", verdict: "revise", text: "再补一点" });
  happened(study, "m", "feedback_given/1", 3, { feedback: "g", entry: "e", ver: "v1", verdict: "comment", text: "还有" });
  expect(chooseStep(from)).toMatchObject({ kind: "revise-entry", entry: "e", text: "再补一点" });
  happened(study, "t", "journal_saved/1", 4, { entry: "e", ver: "v2", parents: ["v1"], text: "一二" });
  expect(chooseStep(from)).toMatchObject({ kind: "finish-draft" });
  happened(study, "m", "feedback_given/1", 5, { feedback: "h", entry: "e", ver: "v2", verdict: "revise", text: "再来" });
  happened(study, "m", "feedback_given/1", 6, { feedback: "i", entry: "e", ver: "v2", verdict: "accept", text: "" });
  expect(chooseStep(from)).toMatchObject({ kind: "finish-draft" });
});

test("putting two versions together is no answer to a request to revise; words of one's own are, in the same step or the next", () => {
  const study = emptyStudy("t");
  happened(study, "t", "journal_saved/1", 1, { entry: "e", ver: "v0", parents: [], text: "上课。" });
  happened(study, "t", "journal_saved/1", 2, { entry: "e", ver: "a", parents: ["v0"], text: "上课。甲尾。" });
  happened(study, "t", "journal_saved/1", 3, { entry: "e", ver: "b", parents: ["v0"], text: "上课。乙尾。" });
  happened(study, "m", "feedback_given/1", 4, { feedback: "f", entry: "e", ver: "a", verdict: "revise", text: "再写一句" });
  const asks = (): boolean => chooseStep(sources({ study }))?.kind === "revise-entry";
  expect(asks()).toBe(true);
  const merged = structuredClone(study);
  happened(merged, "t", "journal_saved/1", 5, { entry: "e", ver: "c", parents: ["a", "b"], text: "上课。甲尾。乙尾。" });
  expect(chooseStep(sources({ study: merged }))?.kind).toBe("revise-entry");
  happened(merged, "t", "journal_saved/1", 6, { entry: "e", ver: "d", parents: ["c"], text: "上课。甲尾。乙尾。他笑了。" });
  expect(chooseStep(sources({ study: merged }))?.kind).not.toBe("revise-entry");
  happened(study, "t", "journal_saved/1", 5, { entry: "e", ver: "c", parents: ["a", "b"], text: "上课。甲尾。乙尾。他笑了。" });
  expect(asks()).toBe(false);
});

test("a draft that was left for days hides nothing, and is found again when nothing else waits", () => {
  const drafts = [{ draft: "new", excerpt: "一", changedMs: DAY_MS }];
  expect(chooseStep(sources({ drafts, online: false }))).toMatchObject({ kind: "start-lesson" });
  expect(chooseStep(sources({ drafts, packs: [], installable: [] }))).toMatchObject({ kind: "finish-draft" });
});
