/** What a teacher's study tells about who waits for whom. Owns the reading of a study into the facts of need.ts. Pure. */
import { chainsOf } from "./feedback-chains.ts";
import { headsOf } from "./journal-graph.ts";
import { deriveFacts, type NeedFacts } from "./need.ts";
import type { Study } from "./study.ts";

/** Of words said at the same moment the teacher's count first, as one who writes before being answered. */
export function factsOf(study: Study): NeedFacts {
  const feedback = chainsOf(study).filter(({ withdrawn }) => !withdrawn);
  const reviewed = new Set(feedback.map(({ shown }) => shown.ver));
  const heads = [...study.entries].flatMap(([entry, versions]) =>
    headsOf(versions.values()).map((head) => ({
      entry,
      atMs: head.savedMs,
      reviewed: reviewed.has(head.ver),
    })),
  );
  const messages = [...study.messages.values()];
  const aboutEntries = [
    // A mentor who mends their words has said them when they first did.
    ...feedback.map(({ shown, earlier }) => earlier[earlier.length - 1] ?? shown),
    ...[...study.feedbackAnswers.values()].flatMap((answers) => [...answers.values()]),
  ];
  const said = [messages, aboutEntries]
    .flatMap((words, index) => words.map(({ by, atMs }) => ({ byMentor: by !== study.owner, atMs, message: index === 0 })))
    .sort((left, right) => left.atMs - right.atMs || Number(left.byMentor) - Number(right.byMentor));
  const tries = [...study.attempts.values()].flatMap(({ pack, lesson, finished }) =>
    finished === undefined
      ? []
      : [
          {
            pack,
            lesson,
            share: finished.scoreMax > 0 ? finished.score / finished.scoreMax : 1,
          },
        ],
  );
  return deriveFacts({
    lastActiveMs: study.lastActiveMs ?? null,
    heads,
    said,
    tries,
  });
}
