/** Buttons, and links that look like one. One main button a screen. */
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

interface Look {
  look?: "main" | "plain" | "quiet" | "danger";
  wide?: boolean;
  icon?: IconName;
  children: ComponentChildren;
  id?: string;
}

interface ButtonProps extends Look {
  onClick?: () => void;
  type?: "button" | "submit";
  disabled?: boolean;
  pressed?: boolean;
  expanded?: boolean;
}

function classes({ look = "main", wide }: Look): string {
  return `button button-${look}${wide === true ? " button-wide" : ""}`;
}

/** A button that can do nothing just now keeps its place and the focus; a disabled one would drop it. */
function stay(event: Event): void {
  event.preventDefault();
}

export function Button(props: ButtonProps) {
  const { look, wide, icon, children, onClick, type = "button", disabled, pressed, expanded, ...rest } = props;
  return (
    <button
      {...rest}
      type={type}
      class={classes(props)}
      aria-disabled={disabled || undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      onClick={disabled ? stay : onClick}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}

export function ButtonLink(props: Look & { href: string }) {
  const { look, wide, icon, children, href, ...rest } = props;
  return (
    <a {...rest} class={classes(props)} href={href}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </a>
  );
}
