/**
 * One draft of one editor. Two tabs that write under one name would overwrite each other: a keeper that finds words it did
 * not write gives its own draft a new name instead. Invariant: no text that another tab stored is ever overwritten here.
 */
import type { Draft } from "../../use-cases/drafts.ts";

export type DraftHead = Omit<Draft, "changedMs" | "text">;

/** Where drafts are kept. */
export interface DraftStore {
  read(name: string): Promise<{ text: string } | null>;
  save(draft: DraftHead & { text: string }): Promise<void>;
  /** A name that no other tab gives. */
  freshName(base: string): string;
}

export class DraftKeeper {
  private store: DraftStore;
  /** What the draft is about, and the name it has now. */
  head: DraftHead;
  private mine: string | null;
  private renamed: (name: string) => void;

  /** `found` is the text under this name when the editor was opened; null when there was none. */
  constructor(store: DraftStore, head: DraftHead, found: string | null, renamed: (name: string) => void) {
    this.store = store;
    this.head = head;
    this.mine = found;
    this.renamed = renamed;
  }

  async write(text: string): Promise<void> {
    const stored = await this.store.read(this.head.draft);
    if (stored !== null && stored.text !== this.mine) {
      this.head = {
        ...this.head,
        draft: this.store.freshName(this.head.draft),
      };
      this.renamed(this.head.draft);
    }
    await this.store.save({ ...this.head, text });
    this.mine = text;
  }
}
