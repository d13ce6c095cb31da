/**
 * Topics: what kind of thing was written. Every write announces its topics here and, through the channel, in all other tabs and
 * the worker. Owns the announcements; not what is done about them. Invariant: announced only after the transaction has committed.
 */
import type { Channel } from "../platform/ports.ts";

export type Topic =
  | "people"
  | "settings"
  | "packs"
  | "downloads"
  | "events"
  | "pulled"
  | "rows"
  | "drafts"
  | "blobs"
  | "places"
  | "sync"
  /** The button, in whichever tab: do not wait any longer. */
  | "hurry"
  | "receipts"
  | "carried"
  | "hubs"
  /** The phone, by this person: whatever the store could take of it. */
  | `handed_on:${string}`;

type Watcher = { topics: ReadonlySet<Topic>; changed: () => void };

const watchers = new Set<Watcher>();
let channel: Channel | undefined;

export function watchTopics(topics: readonly Topic[], changed: () => void): () => void {
  const watcher = { topics: new Set(topics), changed };
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function announce(topics: readonly Topic[]): void {
  tellWatchers(topics);
  channel?.post({ type: "topics", topics });
}

/** Connects this realm to the other tabs and the worker; called once by the composition root. */
export function connectTopics(to: Channel): () => void {
  channel = to;
  return to.listen((message) => {
    const { type, topics } = (message ?? {}) as {
      type?: unknown;
      topics?: unknown;
    };
    if (type === "topics" && Array.isArray(topics)) tellWatchers(topics as Topic[]);
  });
}

function tellWatchers(topics: readonly Topic[]): void {
  for (const watcher of [...watchers]) {
    if (topics.some((topic) => watcher.topics.has(topic))) watcher.changed();
  }
}
