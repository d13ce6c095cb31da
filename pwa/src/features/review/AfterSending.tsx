/** After an answer was stored: where it is, and the next entry that waits. */
import { useEffect, useRef } from "preact/hooks";
import { live } from "../../db/live.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { firstReviews, readCaseload } from "../../use-cases/caseload.ts";
import type { Session } from "../../use-cases/session.ts";

interface AfterSendingProps {
  session: Session;
  teacherName: string;
  /** False once it was taken back. */
  kept: boolean;
  onMore: () => void;
}

export function AfterSending({ session, teacherName, kept, onMore }: AfterSendingProps) {
  const shown = language.value;
  const place = useRef<HTMLDivElement>(null);
  const reviews = useLive(
    () => live(["events", "pulled", "rows"], async () => await firstReviews(session, await readCaseload(session, shown))),
    [session, shown],
  );
  useEffect(() => {
    place.current?.focus({ preventScroll: true });
    place.current?.scrollIntoView({ block: "nearest" });
  }, [reviews === undefined]);
  const next = reviews?.[0];
  return (
    <div class="stack section" ref={place} tabIndex={-1} data-testid="review-sent">
      {kept && (
        <Notice tone="pine" icon="check">
          <strong>{t("review.sent")}</strong>
          <p>{t("review.saved", { name: teacherName })}</p>
          {reviews !== undefined && next === undefined && <p>{t("review.none_left")}</p>}
        </Notice>
      )}
      {next !== undefined ? (
        <ButtonLink wide href={`/teachers/${next.teacher}/${next.entry}`}>
          {t("review.next", { name: next.teacherName })}
        </ButtonLink>
      ) : (
        <ButtonLink wide href="/teachers">
          {t("caseload.title")}
        </ButtonLink>
      )}
      <Button look="plain" wide onClick={onMore}>
        {t("review.write_more")}
      </Button>
    </div>
  );
}
