/**
 * One draft of one editor. Two tabs that write under one name would overwrite each other: a keeper that finds words it did
 * not write gives its own draft a new name instead. Invariant: no text that another tab stored is ever overwritten here.
 */
import { contentOf, type Draft } from "../../use-cases/drafts.ts";

export type DraftHead = Omit<Draft, "changedMs" | "text">;

/** Where drafts are kept. */
export interface DraftStore {
  /** Compares and stores in one transaction; false when a text is there that is none of `over`. */
  save(draft: DraftHead & { text: string }, over: readonly (string | null)[]): Promise<boolean>;
  /** A name that no other tab gives. */
  freshName(base: string): string;
}

export class DraftKeeper {
  private store: DraftStore;
  /** What the draft is about, and the name it has now. */
  head: DraftHead;
  private mine: string | null;
  private tried: string | null;
  private renamed: (name: string, before: string) => void;

  /** `found` is the content (use-cases/drafts.ts) under this name when the editor was opened; null when there was none. */
  constructor(store: DraftStore, head: DraftHead, found: string | null, renamed: (name: string, before: string) => void) {
    this.store = store;
    this.head = head;
    this.mine = found;
    this.tried = found;
    this.renamed = renamed;
  }

  /** What can stand in the store from this editor: the text stored last, and one whose storing was begun. */
  get over(): readonly (string | null)[] {
    return [this.mine, this.tried];
  }

  async write(text: string): Promise<void> {
    const over = this.over;
    const content = contentOf({ ...this.head, text });
    this.tried = content;
    if (!(await this.store.save({ ...this.head, text }, over))) {
      const before = this.head.draft;
      this.head = { ...this.head, draft: this.store.freshName(before) };
      this.mine = null;
      this.renamed(this.head.draft, before);
      await this.store.save({ ...this.head, text }, [null, content]);
    }
    this.mine = content;
  }
}
