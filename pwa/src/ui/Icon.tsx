/**
 * The signs of the app, drawn on a 24 by 24 grid with one line width. A sign never stands alone: a word is beside it or hidden in
 * it. Those that only later screens need come with them, through `addIcons`.
 */
const PATHS = {
  today:
    "M12 4V2m0 20v-2m8-8h2M2 12h2m13.7-5.7 1.4-1.4M4.9 19.1l1.4-1.4m11.4 0 1.4 1.4M4.9 4.9l1.4 1.4M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z",
  learn: "M12 6.5C10 5 6.8 4.6 3 5v13.5c3.8-.4 7 0 9 1.5 2-1.5 5.2-1.9 9-1.5V5c-3.8-.4-7 0-9 1.5Zm0 0V20",
  journal: "M5 3h10l4 4v14H5V3Zm4 9h6m-6 4h4M9 8h2",
  me: "M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-3.5 3.7-5.5 7.5-5.5s6.7 2 7.5 5.5",
  teachers:
    "M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 19.5C3 16.5 5.5 15 9 15s6 1.5 6.5 4.5M16 5.3a3.5 3.5 0 0 1 0 6.5m2.5 3.7c1.6.7 2.7 2 3 4",
  back: "M19 12H5m6.5-6.5L5 12l6.5 6.5",
  forward: "m9.5 5.5 6.5 6.5-6.5 6.5",
  check: "m4.5 12.5 5 5L19.5 7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3.5 2",
  offline: "M3 3l18 18M8 7.2A6 6 0 0 1 17.7 10a4.5 4.5 0 0 1 3 6.5M17 19H7a5 5 0 0 1-1.5-9.8",
  alert: "M12 9v4.5m0 3v.1M10.5 4.5 2.7 18a1.7 1.7 0 0 0 1.5 2.5h15.6a1.7 1.7 0 0 0 1.5-2.5L13.5 4.5a1.7 1.7 0 0 0-3 0Z",
  download: "M12 3.5v12m-5-5 5 5 5-5M4.5 20.5h15",
  chat: "M4 4.5h16v11.5h-9L6.5 20v-4H4V4.5Z",
  inbox: "M3.5 13h5l1.5 3h4l1.5-3h5M3.5 13 6 4.5h12l2.5 8.5v6.5h-17V13Z",
};

export type IconName =
  | keyof typeof PATHS
  | "info"
  | "pause"
  | "trash"
  | "plus"
  | "send"
  | "settings"
  | "sync"
  | "phone"
  | "bulb"
  | "pencil"
  | "camera"
  | "picture"
  | "microphone";

const paths: { [name in IconName]?: string } = PATHS;

export function addIcons(more: { [name in IconName]?: string }): void {
  Object.assign(paths, more);
}

/** Signs that point along the line of reading turn round in a right-to-left language. */
const DIRECTED: ReadonlySet<IconName> = new Set(["back", "forward", "send", "chat"]);

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={DIRECTED.has(name) ? "icon icon-directed" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name] ?? ""} />
    </svg>
  );
}
