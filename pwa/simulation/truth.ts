/**
 * What really happened, known to nobody in the world: which facts people saved, where each of them lies, who may read it. Owns the one excuse
 * for a loss: that the last store that held the fact was itself lost.
 */
import type { Holdings } from "./holdings.ts";

/**
 * What must become of a fact: everybody who reads the scope is shown it; it is set aside; or either. `paired`: as `shown` where its writer has a
 * role in the scope at rest, whenever it came and whenever the role was given; else either.
 */
export type Fate = "shown" | "aside" | "either" | "paired";

export interface Fact {
  token: string;
  scope: string;
  /** The person's id. */
  by: string;
  fate: Fate;
  /** The phone said that it was saved. */
  saved: boolean;
  /** Names of phones that hold it. */
  holders: Set<string>;
  /** The last store that held it was lost. */
  excused: boolean;
}

/** What must have become of it by now. */
export function fateAtRest(fact: Fact, holdings: Holdings): Fate {
  if (fact.fate !== "paired") return fact.fate;
  return holdings.follow.some(([person, , , scope]) => person === fact.by && scope === fact.scope) ? "shown" : "either";
}

export class Truth {
  readonly facts = new Map<string, Fact>();
  /** Who has, or ever had, a reading role, by scope. */
  private readonly readers = new Map<string, Set<string>>();

  /** Of what was written; the rest met a full disk or a tab's end, and nobody was told that it was saved. */
  get savedCount(): number {
    return [...this.facts.values()].filter((fact) => fact.saved).length;
  }

  write(token: string, scope: string, by: string, fate: Fate): void {
    this.facts.set(token, { token, scope, by, fate, saved: false, holders: new Set(), excused: false });
  }

  saved(tokens: readonly string[], phone: string): void {
    for (const token of tokens) {
      const fact = this.facts.get(token);
      if (fact === undefined) continue;
      fact.saved = true;
      fact.holders.add(phone);
    }
  }

  /** A phone's store holds exactly these now; the root and hubs hold those (`kept` of the world). */
  replaced(phone: string, tokens: ReadonlySet<string>, root: ReadonlySet<string>): void {
    for (const fact of this.facts.values()) {
      if (tokens.has(fact.token)) fact.holders.add(phone);
      else if (fact.holders.delete(phone)) excuse(fact, root);
    }
  }

  /** Beside phones, only these are held now. */
  storesChanged(root: ReadonlySet<string>): void {
    for (const fact of this.facts.values()) excuse(fact, root);
  }

  mayRead(scope: string, person: string): void {
    const readers = this.readers.get(scope) ?? new Set();
    this.readers.set(scope, readers.add(person));
  }

  hasRead(scope: string, person: string): boolean {
    return this.readers.get(scope)?.has(person) === true;
  }

  heldBy(phone: string): string[] {
    return [...this.facts.values()].filter((fact) => fact.holders.has(phone)).map((fact) => fact.token);
  }
}

function excuse(fact: Fact, root: ReadonlySet<string>): void {
  if (fact.saved && fact.holders.size === 0 && !root.has(`${fact.by} ${fact.token}`)) fact.excused = true;
}

/** Every fact that a root has, shown or set aside, under the name that it came in: what a thief brought is not with the root for its writer. */
export function factsAt(holdings: Holdings): Set<string> {
  return factsIn([...holdings.segments, ...holdings.aside]);
}

export function factsIn(parts: readonly { by: string; events: readonly { payload: Record<string, unknown> }[] }[]): Set<string> {
  const facts = new Set<string>();
  for (const part of parts) for (const event of part.events) facts.add(`${part.by} ${tokenOf(event.payload)}`);
  return facts;
}

export function tokenOf(payload: Record<string, unknown>): string {
  return String(payload["token"]);
}
