/**
 * Which address shows which screen, which place of the navigation it belongs to, and which page lies above it.
 * Pure: paths in, names out. Invariant: every screen has exactly one pattern here.
 */
export type ScreenName =
  | "Today"
  | "Learn"
  | "Pack"
  | "Lesson"
  | "Quiz"
  | "Journal"
  | "JournalEditor"
  | "Entry"
  | "Me"
  | "Sync"
  | "Settings"
  | "Inbox"
  | "Messages"
  | "Caseload"
  | "Teacher"
  | "Review"
  | "Missing";

export type PlaceName = "today" | "learn" | "journal" | "me" | "teachers";
export type Params = Readonly<Record<string, string>>;

export interface Matched {
  screen: ScreenName;
  place: PlaceName;
  params: Params;
  /** The page above this one; absent for the places themselves. */
  above?: string;
}

const ROUTES: readonly (readonly [pattern: string, ScreenName, PlaceName, above?: string])[] = [
  ["/", "Today", "today"],
  ["/learn", "Learn", "learn"],
  ["/learn/:pack", "Pack", "learn", "/learn"],
  ["/learn/:pack/:lesson", "Lesson", "learn", "/learn/:pack"],
  ["/learn/:pack/:lesson/quiz", "Quiz", "learn", "/learn/:pack/:lesson"],
  ["/journal", "Journal", "journal"],
  ["/journal/new", "JournalEditor", "journal", "/journal"],
  ["/journal/:entry", "Entry", "journal", "/journal"],
  ["/journal/:entry/edit", "JournalEditor", "journal", "/journal/:entry"],
  ["/me", "Me", "me"],
  ["/me/sync", "Sync", "me", "/me"],
  ["/settings", "Settings", "me", "/me"],
  ["/inbox", "Inbox", "me", "/me"],
  ["/messages", "Messages", "me", "/me"],
  ["/teachers", "Caseload", "teachers"],
  ["/teachers/:person", "Teacher", "teachers", "/teachers"],
  ["/teachers/:person/messages", "Messages", "teachers", "/teachers/:person"],
  ["/teachers/:person/:entry", "Review", "teachers", "/teachers/:person"],
];

const compiled = ROUTES.map(([pattern, ...rest]) => [pattern.split("/"), ...rest] as const);

/** `address` is a path, perhaps with a query. */
export function matchRoute(address: string): Matched {
  const parts = (address.split("?")[0] ?? "/").split("/");
  for (const [pattern, screen, place, above] of compiled) {
    const params = matchParts(pattern, parts);
    if (params === null) continue;
    return {
      screen,
      place,
      params,
      ...(above === undefined ? {} : { above: fill(above, params) }),
    };
  }
  return { screen: "Missing", place: "today", params: {}, above: "/" };
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Params | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (wanted.startsWith(":")) {
      if (part === "") return null;
      params[wanted.slice(1)] = decode(part);
    } else if (wanted !== part) return null;
  }
  return params;
}

function fill(pattern: string, params: Params): string {
  return pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
