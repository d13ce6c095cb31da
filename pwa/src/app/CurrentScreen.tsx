/** The screen that the address asks for. While the second chunk is on its way the screen before it stays. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Today } from "../features/today/Today.tsx";
import { timeZone } from "../i18n/dates.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { path } from "../ui/location.ts";
import type { Session } from "../use-cases/session.ts";
import { CrashScreen } from "./error-screens.tsx";
import { matchRoute } from "./routes.ts";

type Screens = (typeof import("./screens.ts"))["SCREENS"];

const loaded = signal<Screens | undefined>(undefined);
const failure = signal<unknown>(undefined);
let loading = false;

function load(): void {
  if (loading) return;
  loading = true;
  failure.value = undefined;
  import("./screens.ts")
    .then((module) => {
      loaded.value = module.SCREENS;
    })
    .catch((error: unknown) => {
      failure.value = error ?? new Error("the screens could not be loaded");
    })
    .finally(() => {
      loading = false;
    });
}

export function CurrentScreen({ session }: { session: Session }) {
  timeZone.value = session.timeZone;
  const before = useRef<ComponentChildren>(null);
  const address = path.value;
  const screen = screenAt(address, session);
  useEffect(() => {
    if (screen === undefined && failure.value === undefined) load();
  }, [address]);
  if (screen === undefined && failure.value !== undefined) return <CrashScreen error={failure.value} onRetry={load} />;
  if (screen !== undefined) before.current = screen;
  return <>{before.current}</>;
}

/** undefined while its code is not here yet. */
function screenAt(address: string, session: Session): ComponentChildren {
  const { screen, params } = matchRoute(address);
  const key = `${session.person.id} ${address}`;
  if (screen === "Today") return guarded(key, <Today session={session} />);
  const Chosen = loaded.value?.[screen];
  return Chosen === undefined ? undefined : guarded(key, <Chosen session={session} params={params} />);
}

function guarded(key: string, screen: ComponentChildren) {
  return (
    <Boundary key={key} fallback={(error) => <CrashScreen error={error} onRetry={() => location.reload()} />}>
      {screen}
    </Boundary>
  );
}
