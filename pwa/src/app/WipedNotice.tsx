/** What is no longer on this phone, and what never arrived from another: told on every screen until it was read. */
import type { AppCore } from "../use-cases/session.ts";
import { GoneNotice } from "./GoneNotice.tsx";
import { UnarrivedNotice } from "./UnarrivedNotice.tsx";

export function WipedNotice({ app }: { app: AppCore }) {
  return (
    <>
      <GoneNotice app={app} />
      <UnarrivedNotice app={app} />
    </>
  );
}
