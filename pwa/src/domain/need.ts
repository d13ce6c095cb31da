/**
 * Who needs the mentor first, and why, in words. Owns the rule from what is known of a teacher to a rank and a message key. Pure, and equal
 * to the server's need.py for every example of contracts/golden/need.json (docs/decisions/0021-need.md).
 */

const DAY_MS = 86_400_000;
const SILENT_AFTER_DAYS = 14;
const LOW_SCORE_BELOW = 0.6;
const LOW_SCORE_TRIES_MIN = 2;

/** A version of an entry that is shown, and whether any mentor has given feedback on this very version. */
export interface NeedHead {
  entry: string;
  atMs: number;
  reviewed: boolean;
}

/** A message, feedback, or an answer to feedback, in the scope's order. `message`: it is one, and asks for one in return; what is said of an entry answers none. */
export interface Said {
  byMentor: boolean;
  atMs: number;
  message: boolean;
}

/** One finished attempt; `share` is the score over the best possible one. */
export interface QuizTry {
  pack: string;
  lesson: string;
  share: number;
}

export interface NeedFacts {
  lastActiveMs: number | null;
  entriesWaiting: number;
  entrySinceMs: number | null;
  messagesWaiting: number;
  messageSinceMs: number | null;
  lowScore: { pack: string; lesson: string; count: number } | null;
}

/** Smaller rank first, then older `sinceMs` first. `params` fill the message `reasonKey`. */
export interface Need {
  rank: number;
  reasonKey: string;
  sinceMs: number;
  params: Record<string, string | number>;
}

export function deriveFacts(from: {
  lastActiveMs: number | null;
  heads: readonly NeedHead[];
  said: readonly Said[];
  tries: readonly QuizTry[];
}): NeedFacts {
  const waiting = new Map<string, number>();
  for (const { entry, atMs, reviewed } of from.heads) {
    if (!reviewed) waiting.set(entry, Math.min(atMs, waiting.get(entry) ?? atMs));
  }
  const unanswered = unansweredOf(from.said);
  return {
    lastActiveMs: from.lastActiveMs,
    entriesWaiting: waiting.size,
    entrySinceMs: earliest([...waiting.values()]),
    messagesWaiting: unanswered.length,
    messageSinceMs: earliest(unanswered.map((word) => word.atMs)),
    lowScore: lowest(from.tries),
  };
}

/** The one reason that is shown: somebody waits, never began, fell silent, struggles, or is on track. */
export function assessNeed(facts: NeedFacts, nowMs: number): Need {
  const { messageSinceMs: message, entrySinceMs: entry, lastActiveMs: active, lowScore: low } = facts;
  if (message !== null && (entry === null || message <= entry)) return waiting("message", message, nowMs);
  if (entry !== null) return waiting("entry", entry, nowMs);
  if (active === null) return { rank: 2, reasonKey: "need.never_started", sinceMs: 0, params: {} };
  const days = daysSince(active, nowMs);
  if (days >= SILENT_AFTER_DAYS)
    return {
      rank: 3,
      reasonKey: "need.silent",
      sinceMs: active,
      params: { count: days },
    };
  if (low !== null)
    return {
      rank: 4,
      reasonKey: "need.low_scores",
      sinceMs: active,
      params: { ...low },
    };
  return { rank: 5, reasonKey: "need.on_track", sinceMs: active, params: {} };
}

export function byNeed(left: Need, right: Need): number {
  return left.rank - right.rank || left.sinceMs - right.sinceMs;
}

function waiting(what: "message" | "entry", sinceMs: number, nowMs: number): Need {
  const days = daysSince(sinceMs, nowMs);
  if (days === 0) return { rank: 1, reasonKey: `need.${what}_new`, sinceMs, params: {} };
  return {
    rank: 1,
    reasonKey: `need.${what}_waiting`,
    sinceMs,
    params: { count: days },
  };
}

/** A mentor's message answers all before it; feedback only what was said of entries. */
function unansweredOf(said: readonly Said[]): Said[] {
  let unanswered: Said[] = [];
  for (const word of said) {
    if (!word.byMentor) unanswered.push(word);
    else unanswered = word.message ? [] : unanswered.filter(({ message }) => message);
  }
  return unanswered;
}

/** The lesson with the lowest best share, tried at least twice and never well; the first of equals by name. */
function lowest(tries: readonly QuizTry[]): NeedFacts["lowScore"] {
  const found = new Map<string, { pack: string; lesson: string; best: number; count: number }>();
  for (const { pack, lesson, share } of tries) {
    const key = `${pack}/${lesson}`;
    const before = found.get(key) ?? { pack, lesson, best: share, count: 0 };
    found.set(key, {
      ...before,
      best: Math.max(before.best, share),
      count: before.count + 1,
    });
  }
  const [low] = [...found.values()]
    .filter(({ best, count }) => count >= LOW_SCORE_TRIES_MIN && best < LOW_SCORE_BELOW)
    .sort((left, right) => left.best - right.best || compare(left.pack, right.pack) || compare(left.lesson, right.lesson));
  return low === undefined ? null : { pack: low.pack, lesson: low.lesson, count: low.count };
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times);
}

/** Whole days of 24 hours; never negative, however wrong a clock was. */
function daysSince(sinceMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - sinceMs) / DAY_MS));
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
