/** What a mentor chose beside the words: the view and the paragraph. Owns their keeping over a reload, for the version that was read. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Verdict } from "../../use-cases/feedback.ts";
import type { Session } from "../../use-cases/session.ts";
import { keepChoice, readChoice } from "../../use-cases/unsent-words.ts";

interface Choice {
  verdict?: Verdict | undefined;
  paragraph?: number | undefined;
}

export interface ReviewChoice extends Choice {
  choose: (change: Choice) => void;
}

export function useReviewChoice(session: Session, place: string, ver: string): ReviewChoice {
  const [choice, setChoice] = useState<Choice>({});
  const touched = useRef(false);
  const kept = `${place} choice`;
  useEffect(() => {
    void readChoice(session, kept).then((words) => {
      const found = choiceIn(words, ver);
      if (found !== undefined && !touched.current) setChoice(found);
    });
  }, [kept, ver]);

  function choose(change: Choice): void {
    touched.current = true;
    const next = { ...choice, ...change };
    setChoice(next);
    const isEmpty = next.verdict === undefined && next.paragraph === undefined;
    void keepChoice(session, kept, isEmpty ? "" : JSON.stringify({ ...next, ver })).catch((error: unknown) =>
      console.error("a choice could not be kept", error),
    );
  }

  return { ...choice, choose };
}

/** Of another version the paragraphs are other ones, and the view may be too. */
function choiceIn(words: string, ver: string): Choice | undefined {
  if (words === "") return undefined;
  const { ver: of, verdict, paragraph } = JSON.parse(words) as Choice & { ver: string };
  return of === ver ? { verdict, paragraph } : undefined;
}
