/** A list of things that are there no more: what happened, when and why. */
import { List, ListRow } from "./List.tsx";

export interface ErasedItem {
  id: string;
  title: string;
  reason: string;
  when: string;
}

export function ErasedList({ title, text, items }: { title: string; text: string; items: readonly ErasedItem[] }) {
  if (items.length === 0) return null;
  return (
    <section class="section" data-testid="erasures" data-count={items.length}>
      <h2>{title}</h2>
      <p class="small quiet">{text}</p>
      <List>
        {items.map(({ id, title: what, reason, when }) => (
          <ListRow key={id} icon="info" title={what} data-testid="erasure-item" data-erasure={id}>
            <span class="small" dir="auto">
              {reason}
            </span>
            <span class="small quiet">{when}</span>
          </ListRow>
        ))}
      </List>
    </section>
  );
}
