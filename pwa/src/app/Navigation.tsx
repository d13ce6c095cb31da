/** The places of the app; a mentor has one more. */
import { type MessageKey, t } from "../i18n/messages.ts";
import { Icon } from "../ui/Icon.tsx";
import { path } from "../ui/location.ts";
import type { Session } from "../use-cases/session.ts";
import { matchRoute, type PlaceName } from "./routes.ts";

const PLACES: readonly (readonly [PlaceName, href: string])[] = [
  ["today", "/"],
  ["learn", "/learn"],
  ["journal", "/journal"],
  ["teachers", "/teachers"],
  ["me", "/me"],
];

export function Navigation({ session }: { session: Session }) {
  const here = matchRoute(path.value).place;
  const shown = PLACES.filter(([name]) => name !== "teachers" || session.person.roles.includes("mentor"));
  return (
    <nav class="nav" aria-label={t("nav.label")}>
      <ul>
        {shown.map(([name, href]) => (
          <li key={name}>
            <a href={href} data-testid={`nav-${name}`} aria-current={name !== here ? undefined : href === path.value ? "page" : "true"}>
              <Icon name={name} />
              <span>{t(`nav.${name}` satisfies MessageKey)}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
