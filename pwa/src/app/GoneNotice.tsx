/**
 * Says honestly that the browser cleared the store, or that an older state of it came back: how much the server has, how much never arrived, what to do.
 * Owns how much room it takes: all of it until somebody goes on to another screen, then a line or two. What has come back meanwhile it no longer says.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { watchTopics } from "../db/topics.ts";
import { t } from "../i18n/messages.ts";
import { Button } from "../ui/Button.tsx";
import { path } from "../ui/location.ts";
import { Notice } from "../ui/Status.tsx";
import { forgetGone, type GonePerson, noteTold, readGone } from "../use-cases/gone.ts";
import type { AppCore } from "../use-cases/session.ts";

export function GoneNotice({ app }: { app: AppCore }) {
  const session = app.session.value;
  const people = useGone(app);
  const [open, setOpen] = useState<boolean | undefined>(undefined);
  const place = `${session?.person.id ?? ""} ${path.value}`;
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place || people.length === 0) return;
    before.current = place;
    setOpen(false);
    noteTold(app);
  }, [app, place, people.length]);
  if (people.length === 0) return null;
  const cleared = people.some((one) => one.cleared);
  const isOpen = open ?? !people.every(({ told }) => told);
  return (
    <div class="notice-bar" data-testid="store-gone" data-cleared={cleared} data-open={isOpen}>
      <Notice tone="amber" icon="alert" live>
        <strong>{t(cleared ? "wiped.title" : "restored.title")}</strong>
        {isOpen && <p>{t(cleared ? "wiped.text" : "restored.text")}</p>}
        {people.map((one) => (
          <Person key={one.name} one={one} brief={!isOpen} />
        ))}
        {isOpen && people.some(({ lost }) => lost > 0) && <p>{t("wiped.todo")}</p>}
        <div class="row">
          {!isOpen && (
            <Button look="quiet" onClick={() => setOpen(true)} data-testid="gone-more">
              {t("wiped.more")}
            </Button>
          )}
          <Button look="plain" onClick={() => void forgetGone(app)}>
            {t("wiped.close")}
          </Button>
        </div>
      </Notice>
    </div>
  );
}

function useGone(app: AppCore): GonePerson[] {
  const session = app.session.value;
  const [people, setPeople] = useState<GonePerson[]>([]);
  useEffect(() => {
    const look = (): void => void readGone(app).then(setPeople);
    look();
    return watchTopics(["pulled", "people"], look);
  }, [app, session]);
  return people;
}

/** `brief`: only what asks for something, else what is lost for good. */
function Person({ one: { name, back, lost, drafts }, brief }: { one: GonePerson; brief: boolean }) {
  return (
    <div>
      {back > 0 && !brief && <p data-testid="gone-back">{t("wiped.back", { name, count: back })}</p>}
      {lost > 0 && <p data-testid="gone-lost">{t("wiped.lost", { name, count: lost })}</p>}
      {drafts > 0 && (!brief || lost === 0) && <p data-testid="gone-drafts">{t("wiped.drafts", { name, count: drafts })}</p>}
    </div>
  );
}
