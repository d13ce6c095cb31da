/** Rows in one frame; each row is a link, a button, or plain text. */
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

interface RowProps {
  title: ComponentChildren;
  children?: ComponentChildren;
  icon?: IconName;
  /** At the end of the row, before the sign of a link. */
  end?: ComponentChildren;
  href?: string;
  onClick?: () => void;
  lang?: string;
}

export function List({ children, label }: { children: ComponentChildren; label?: string }) {
  return (
    <ul class="list" aria-label={label}>
      {children}
    </ul>
  );
}

export function ListRow({ title, children, icon, end, href, onClick, ...rest }: RowProps) {
  const inside = (
    <>
      {icon && <Icon name={icon} />}
      <span class="list-row-body">
        <span class="list-row-title" dir="auto">
          {title}
        </span>
        {children}
      </span>
      {end}
      {href !== undefined && <Icon name="forward" />}
    </>
  );
  return (
    <li>
      {href !== undefined ? (
        <a class="list-row" href={href} {...rest}>
          {inside}
        </a>
      ) : onClick !== undefined ? (
        <button class="list-row" type="button" onClick={onClick} {...rest}>
          {inside}
        </button>
      ) : (
        <div class="list-row" {...rest}>
          {inside}
        </div>
      )}
    </li>
  );
}
