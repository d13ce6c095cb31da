/**
 * Words that were typed and not sent yet: a comment, a message, an answer. Owns their keeping over a reload, on this device only; journal
 * drafts have their own store and list. Invariants: nothing kept here is ever sent by itself, and a field neither overwrites nor deletes
 * words that it did not show, since another window may write at the same place.
 */
import type { AppendOptions } from "../db/append.ts";
import type { PersonStore, PersonTx } from "../db/person-schema.ts";
import { watchTopics } from "../db/topics.ts";
import type { Session } from "./session.ts";

/** Stands where an attempt's id would: words are no answer to a question, and no attempt has this name. */
export const UNSENT = "unsent";
/** Of one place, for windows that still show them: whoever has not heard by then is opened again. */
const SENT_REMEMBERED = 8;

type WithWords = PersonTx<"answer_drafts" | PersonStore, IDBTransactionMode>;

/** Words by the names of their records: the place's own, or that with a number where two windows wrote at once. */
type Words = Readonly<Record<string, string>>;

/** What may stand in the store if no other window has written. */
export interface Upon {
  held: Words;
  /** Texts whose storing was begun, and nobody knows whether it ended. */
  tried: readonly string[];
}

/** What one field holds of its place; `place` names it, such as `message:<person>`, or the question of an attempt. */
export class UnsentWords {
  /** Among all fields and people of the device. */
  readonly name: string;
  /** As it was called before windows at one place were kept apart; a reload into a new app may have left words there. */
  readonly formerName: string;
  upon: Upon = { held: {}, tried: [] };
  private session: Session;
  private place: string;
  private attempt: string;

  constructor(session: Session, place: string, attempt = UNSENT) {
    this.session = session;
    this.place = place;
    this.attempt = attempt;
    this.name = `${session.person.id} ${attempt} ${place}`;
    this.formerName = `${session.person.id} ${place}`;
  }

  /** All that is kept here, whichever window it comes from; the field holds it once it has been given `upon`. */
  async read(): Promise<{ text: string; upon: Upon }> {
    const { words: held } = await this.session.db.read(["answer_drafts"], async (tx) => await this.kept(tx));
    return { text: textOf(held), upon: { held, tried: [] } };
  }

  /** What may stand in the store while `text` is on its way there. */
  leaving(text: string): Upon {
    return { held: this.upon.held, tried: [...this.upon.tried.slice(-1), text] };
  }

  /** In the place of what the field holds; another window's words stay beside it. An empty text forgets what the field holds. */
  async keep(text: string): Promise<void> {
    const { upon } = this;
    this.upon = this.leaving(text);
    const stored = await this.session.db.write(["answer_drafts"], async (tx) => {
      const { words } = await this.kept(tx);
      const isMine = (name: string) => words[name] === upon.held[name] || upon.tried.some((text) => words[name] === text);
      let name = this.place;
      for (let number = 1; words[name] !== undefined && !isMine(name); number += 1) name = `${this.place}~${number}`;
      const store = tx.objectStore("answer_drafts");
      for (const mine of Object.keys(words).filter(isMine)) if (mine !== name || text === "") await store.delete([this.attempt, mine]);
      if (text === "") return {};
      await store.put({ attempt: this.attempt, question: name, answer: text });
      return { [name]: text };
    });
    this.upon = { held: stored, tried: [] };
  }

  /** Forgets what was sent in the transaction that stores it, unless the field holds other words by then. */
  sent(text: string): AppendOptions {
    const { held } = this.upon;
    if (Object.keys(held).length === 0 || textOf(held).trim() !== text.trim()) return {};
    return {
      also: async (tx) => {
        const { words, sent } = await this.kept(tx);
        const store = tx.objectStore("answer_drafts");
        for (const name of Object.keys(held)) if (words[name] === held[name]) await store.delete([this.attempt, name]);
        const remembered = [...sent, text].slice(-SENT_REMEMBERED);
        await store.put({ attempt: this.attempt, question: this.sentName, answer: remembered });
      },
    };
  }

  /**
   * Where another window took over words of this field and sent them: tells what the field held, and what is left of it. The answer is whether
   * the field let go of them. Returns what ends it.
   */
  follow(told: (before: string, after: string) => boolean): () => void {
    const look = async (): Promise<void> => {
      const { upon } = this;
      if (Object.keys(upon.held).length === 0) return;
      const { words, sent } = await this.session.db.read(["answer_drafts"], async (tx) => await this.kept(tx));
      const isSent = ([name, text]: [string, string]) => words[name] !== text && sent.some((one) => one.includes(text.trim()));
      const held = Object.fromEntries(Object.entries(upon.held).filter((each) => !isSent(each)));
      const [before, after] = [textOf(upon.held), textOf(held)];
      if (before !== after && this.upon === upon && told(before, after)) this.upon = { held, tried: [] };
    };
    return watchTopics(["events"], () => void look().catch((error: unknown) => console.error("unsent words were not read again", error)));
  }

  /** No name of a record of words, which goes on with a number. */
  private get sentName(): string {
    return `${this.place} sent`;
  }

  private async kept(tx: WithWords): Promise<{ words: Words; sent: string[] }> {
    const range = IDBKeyRange.bound([this.attempt, this.place], [this.attempt, `${this.place}~\uffff`]);
    const records = await tx.objectStore("answer_drafts").getAll(range);
    const isHere = ({ question }: { question: string }) => question === this.place || question.startsWith(`${this.place}~`);
    const sent = records.find(({ question }) => question === this.sentName)?.answer;
    return {
      words: Object.fromEntries(records.filter(isHere).map(({ question, answer }) => [question, String(answer)])),
      sent: Array.isArray(sent) ? (sent as string[]) : [],
    };
  }
}

/** Words that are the same in two windows are there once. */
function textOf(words: Words): string {
  return [...new Set(Object.values(words))].join("\n");
}

/** What was chosen beside the words: of two windows the later choice stands. An empty text forgets it. */
export async function keepChoice(session: Session, place: string, text: string): Promise<void> {
  await session.db.write(["answer_drafts"], async (tx) => {
    const store = tx.objectStore("answer_drafts");
    if (text === "") await store.delete([UNSENT, place]);
    else await store.put({ attempt: UNSENT, question: place, answer: text });
  });
}

export async function readChoice(session: Session, place: string): Promise<string> {
  const kept = await session.db.read(["answer_drafts"], async (tx) => await tx.objectStore("answer_drafts").get([UNSENT, place]));
  return typeof kept?.answer === "string" ? kept.answer : "";
}
