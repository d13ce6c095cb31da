/** A sign and a word in one colour: colour never carries the meaning alone. */
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

export type Tone = "ash" | "pine" | "amber" | "berry" | "ember";

export function Status({ tone = "ash", icon, children }: { tone?: Tone; icon?: IconName | undefined; children: ComponentChildren }) {
  return (
    <span class={`status tone-${tone}`}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </span>
  );
}

interface NoticeProps {
  tone?: Tone;
  icon?: IconName;
  children: ComponentChildren;
  /** Read out when it appears. */
  live?: boolean;
}

/** A short word to the person, with room for what to do. */
export function Notice({ tone = "ember", icon = "info", children, live }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role={live === true ? "status" : undefined}>
      <Icon name={icon} />
      <div class="notice-body">{children}</div>
    </div>
  );
}
