/**
 * The whole face of the app: what is shown before anyone is in, the frame around every screen, and which screen the address
 * asks for. Owns the loading of the second chunk; not what any screen does. Invariant: whatever a screen does wrong, the
 * frame, the places and the way back remain.
 */
import "../ui/tokens.css";
import "../ui/base.css";
import "../ui/components.css";
import "../ui/shell.css";
import { effect } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SignIn } from "../features/sign-in/SignIn.tsx";
import { showLanguage } from "../i18n/language.ts";
import { t } from "../i18n/messages.ts";
import { announce, Announcer } from "../ui/Announcer.tsx";
import { connectLocation, screenTitle } from "../ui/location.ts";
import type { AppCore } from "../use-cases/session.ts";
import { settings } from "../use-cases/settings.ts";
import { updateReady } from "../use-cases/update-app.ts";
import { applyAppearance, applySystemLanguage, followLanguage } from "./appearance.ts";
import { Navigation } from "./Navigation.tsx";
import { CurrentScreen } from "./CurrentScreen.tsx";
import type { Booted } from "./start.ts";
import { TopBar } from "./TopBar.tsx";

export function mount(root: HTMLElement, booted: Booted): void {
  connectLocation();
  followLanguage(document.documentElement);
  effect(() => {
    document.title = screenTitle.value === "" ? t("word.app_name") : `${screenTitle.value} · ${t("word.app_name")}`;
  });
  if (booted.kind === "ready") {
    const { app } = booted;
    effect(() => {
      const chosen = settings(app).value;
      applyAppearance(document.documentElement, chosen);
      void showLanguage(chosen.language);
    });
  } else {
    void showLanguage(applySystemLanguage(navigator.language));
  }
  root.textContent = "";
  render(<App booted={booted} />, root);
}

/** Without a step in the history, which belongs to the screens. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function App({ booted }: { booted: Booted }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        {t("app.skip")}
      </a>
      {booted.kind === "ready" ? <Frame app={booted.app} /> : <Plain booted={booted} />}
      <Announcer />
    </>
  );
}

type Screens = typeof import("./screens.ts");

/** What is rarely shown comes with the second chunk: who sees it has a line, or a worker that keeps the chunk. */
function late<P extends object>(pick: (screens: Screens) => ComponentType<P>): ComponentType<P> {
  return (props) => {
    const [found, setFound] = useState<{ Late: ComponentType<P> } | null>(null);
    useEffect(() => {
      void import("./screens.ts").then((screens) => setFound({ Late: pick(screens) }));
    }, []);
    return found && <found.Late {...props} />;
  };
}

const Plain = late((screens) => screens.PlainPage);
const Wiped = late((screens) => screens.WipedNotice);
const Update = late((screens) => screens.UpdatePrompt);
const Forgot = late((screens) => screens.ForgotPin);

function Frame({ app }: { app: AppCore }) {
  const session = app.session.value;
  useEffect(() => {
    if (session !== null) return;
    screenTitle.value = "";
    // What was said last was for whoever left.
    announce("");
  }, [session]);
  return (
    <div class={session === null ? "frame" : "frame frame-with-places"}>
      <TopBar app={app} session={session} />
      {updateReady(app).value && <Update app={app} />}
      {app.inside.gone.value && <Wiped app={app} />}
      <main id="main" tabIndex={-1}>
        {session === null ? <SignIn app={app} Forgot={Forgot} /> : <CurrentScreen session={session} />}
      </main>
      {session !== null && <Navigation session={session} />}
    </div>
  );
}
