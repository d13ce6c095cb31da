/** One pack with its state, its price and what can be done with it; in the catalogue and on its own page. */
import { useEffect, useRef } from "preact/hooks";
import { sayDay } from "../../i18n/dates.ts";
import { t } from "../../i18n/messages.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import { Notice, Status, type Tone } from "../../ui/Status.tsx";
import type { PackState, PackView } from "../../use-cases/read-catalogue.ts";
import type { Session } from "../../use-cases/session.ts";
import { PackActions } from "./PackActions.tsx";
import { Refusal } from "./Refusal.tsx";
import "./packs.css";

const STATES: Record<PackState, { tone: Tone; icon: IconName }> = {
  available: { tone: "ash", icon: "download" },
  downloading: { tone: "amber", icon: "clock" },
  installed: { tone: "pine", icon: "check" },
  update: { tone: "amber", icon: "sync" },
  recalled: { tone: "berry", icon: "alert" },
};

interface PackCardProps {
  session: Session;
  pack: PackView;
  /** With a heading the card links to the pack's page; without one it stands on that page. */
  heading?: "h3";
  /** The one whose button is the main action of the screen. */
  foremost?: boolean;
}

export function PackCard({ session, pack, heading, foremost = true }: PackCardProps) {
  const { tone, icon } = STATES[pack.state];
  const paused = pack.state === "downloading" && (pack.progress?.paused ?? true);
  const card = useRef<HTMLElement>(null);
  const before = useRef(true);
  useEffect(() => {
    const isFirst = before.current;
    before.current = false;
    if (isFirst) return;
    // The button that was pressed is gone with the state before.
    if (document.activeElement === document.body) card.current?.focus({ preventScroll: true });
  }, [pack.state, paused]);
  return (
    <article
      ref={card}
      tabIndex={-1}
      class="card pack-card"
      data-testid="pack-card"
      data-pack={pack.slug}
      data-state={pack.state}
      data-version={pack.installedVersion}
    >
      <div class="stack-tight">
        <div class="row">
          <Status tone={tone} icon={paused ? "pause" : icon}>
            {t(paused ? "pack.paused" : `pack.${pack.state}`)}
          </Status>
          {pack.compulsory && <span class="pack-mark">{t("pack.compulsory")}</span>}
        </div>
        {heading !== undefined && (
          <h3 class="pack-title" dir="auto">
            <a class="pack-link" href={`/learn/${pack.slug}`}>
              <span>{pack.title}</span>
              <Icon name="forward" />
            </a>
          </h3>
        )}
        <p class={heading === undefined ? "quiet" : "quiet clamp-2"} dir="auto">
          {pack.summary}
        </p>
        <p class="small quiet">
          {t("pack.contents", {
            lessons: t("unit.lessons", { count: pack.lessonsTotal }),
            questions: t("unit.questions", { count: pack.questions }),
            minutes: t("unit.minutes", { count: pack.minutes }),
          })}
        </p>
        <Assignment pack={pack} />
      </div>
      {pack.state === "recalled" && (
        <Notice tone="berry" icon="alert">
          <p>{t("pack.recalled_text")}</p>
          {pack.recallReason !== undefined && <p>{t("pack.recalled_reason", { reason: pack.recallReason })}</p>}
        </Notice>
      )}
      {pack.installedVersion !== undefined && pack.lessonsTotal > 0 && (
        <div class="stack-tight">
          <ProgressBar label={t("pack.progress_study", { title: pack.title })} value={pack.lessonsDone / pack.lessonsTotal} />
          <p class="small quiet">
            {t("pack.progress", {
              done: pack.lessonsDone,
              total: pack.lessonsTotal,
            })}
          </p>
        </div>
      )}
      {pack.refusal !== undefined && <Refusal code={pack.refusal} />}
      <PackActions session={session} pack={pack} foremost={foremost} />
    </article>
  );
}

function Assignment({ pack }: { pack: PackView }) {
  const parts = [
    pack.assigned === undefined ? "" : t("pack.assigned_by", { name: pack.assigned.byName }),
    pack.dueDay === undefined ? "" : t("pack.due", { day: sayDay(pack.dueDay) }),
  ].filter((part) => part !== "");
  if (parts.length === 0) return null;
  return (
    <p class="small">
      {parts.join(" · ")}
      {pack.assigned?.note ? <span class="quiet words">{`\n${pack.assigned.note}`}</span> : null}
    </p>
  );
}
