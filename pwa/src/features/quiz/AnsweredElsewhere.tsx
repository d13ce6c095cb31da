/** Another window has answered this question first: which answer counts, and where the words are that were written here. */
import { t } from "../../i18n/messages.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Status.tsx";

export function AnsweredElsewhere({ draft }: { draft: string | undefined }) {
  return (
    <div data-testid="answered-elsewhere">
      <Notice tone="amber" icon="info" live>
        <p>{t("quiz.answered_elsewhere")}</p>
        {draft !== undefined && (
          <>
            <p>{t("quiz.words_kept")}</p>
            <ButtonLink look="plain" icon="pencil" href={`/journal/new?draft=${encodeURIComponent(draft)}`} data-testid="kept-draft">
              {t("quiz.words_open")}
            </ButtonLink>
          </>
        )}
      </Notice>
    </div>
  );
}
