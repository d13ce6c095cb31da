/** The mentor's answer: view, quick phrases, words. Kept on the phone first; the page says where it is. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { COMMENT_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { useKeptText } from "../../ui/use-kept-text.ts";
import { giveFeedback, type TeacherEntryView } from "../../use-cases/caseload.ts";
import type { Verdict } from "../../use-cases/feedback.ts";
import type { Session } from "../../use-cases/session.ts";
import type { ReviewChoice } from "./use-review-choice.ts";
import { UnsentWords } from "../../use-cases/unsent-words.ts";
import { holdUpdate } from "../../use-cases/take-update.ts";

const VERDICTS = ["accept", "revise", "talk"] as const;
const PHRASES = ["review.phrase_1", "review.phrase_2", "review.phrase_3", "review.phrase_4"] as const;

interface ReviewFormProps {
  session: Session;
  entry: TeacherEntryView;
  ver: string;
  place: string;
  choice: ReviewChoice;
  onSent: () => void;
}

function useReview({ session, entry, ver, place, choice, onSent }: ReviewFormProps) {
  const { verdict, paragraph, choose } = choice;
  const unsent = useMemo(() => new UnsentWords(session, place), []);
  const { text, change, settle, sent } = useKeptText(unsent);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const sending = useRef(false);
  const begun = text !== "" || verdict !== undefined;
  useEffect(() => (begun ? holdUpdate(session.app) : undefined), [begun, session]);

  async function send(): Promise<void> {
    if (sending.current) return;
    if (text.trim() === "" && verdict !== "accept") return setProblem(t("review.need_words"));
    sending.current = true;
    try {
      await settle();
      const result = await giveFeedback(session, {
        teacher: entry.teacher,
        entry: entry.entry,
        ver,
        verdict: verdict ?? "comment",
        text: text.trim(),
        unsent,
        ...(paragraph === undefined ? {} : { paragraph }),
      });
      if (result.ok) {
        announce(t("review.saved", { name: entry.teacherName }));
        setProblem(undefined);
        choose({ verdict: undefined, paragraph: undefined });
        if (!sent(text)) onSent();
      } else setProblem(result.code === "too_long" ? t("review.too_long") : t("review.need_words"));
    } catch (error) {
      console.error("feedback could not be stored", error);
      setProblem(t("journal.draft_failed"));
    }
    sending.current = false;
  }

  function write(words: string): void {
    change(words);
    setProblem(undefined);
  }

  // What is missing may be there now.
  useEffect(() => setProblem(undefined), [verdict, paragraph]);

  return { text, write, problem, send };
}

export function ReviewForm(props: ReviewFormProps) {
  const { verdict, paragraph, choose } = props.choice;
  const { text, write, problem, send } = useReview(props);
  return (
    <section class="stack section" aria-label={t("review.comment")}>
      <VerdictChoice chosen={verdict} onChoose={(next) => choose({ verdict: next })} />
      <div class="row review-about">
        <span class="label">{paragraph === undefined ? t("review.whole_entry") : t("review.on_paragraph", { number: paragraph + 1 })}</span>
        {paragraph !== undefined && (
          <Button look="quiet" onClick={() => choose({ paragraph: undefined })}>
            {t("review.clear_paragraph")}
          </Button>
        )}
      </div>
      <TextArea
        id="comment"
        data-testid="comment-text"
        label={t("review.comment")}
        labelHidden
        rows={5}
        placeholder={t("review.comment_placeholder")}
        maxLength={COMMENT_TEXT_CHARACTERS_MAX}
        value={text}
        onInput={write}
        error={problem}
        errorElsewhere
      />
      <Phrases onPick={(phrase) => write(text.trim() === "" ? phrase : `${text.trimEnd()}\n${phrase}`)} />
      <div class="dock">
        {problem !== undefined && (
          <p class="error" role="alert" id="comment-error" data-testid="comment-problem">
            <Icon name="alert" />
            <span>{problem}</span>
          </p>
        )}
        <Button wide icon="send" onClick={() => void send()} data-testid="comment-send">
          {t("review.send")}
        </Button>
      </div>
    </section>
  );
}

interface VerdictChoiceProps {
  chosen: Verdict | undefined;
  onChoose: (verdict: Verdict) => void;
  /** Of the group of radio buttons; two may stand on one page. */
  name?: string;
}

export function VerdictChoice({ chosen, onChoose, name = "verdict" }: VerdictChoiceProps) {
  return (
    <fieldset class="field">
      <legend class="label">{t("review.verdict")}</legend>
      <div class="options">
        {VERDICTS.map((verdict) => (
          <label key={verdict} class={verdict === chosen ? "option option-on" : "option"} data-testid={`verdict-${verdict}`}>
            <input type="radio" name={name} checked={verdict === chosen} onChange={() => onChoose(verdict)} />
            <span class="option-mark">{verdict === chosen && <Icon name="check" />}</span>
            <span class="verdict-words">
              <span class="label">{t(`review.${verdict}`)}</span>
              <span class="small quiet">{t(`review.${verdict}_hint`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Phrases({ onPick }: { onPick: (phrase: string) => void }) {
  return (
    <details class="phrases">
      <summary>{t("review.phrases")}</summary>
      <ul class="options">
        {PHRASES.map((key) => (
          <li key={key}>
            <button type="button" class="option" onClick={() => onPick(t(key))} data-testid="quick-phrase">
              {t(key)}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
