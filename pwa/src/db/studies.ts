/**
 * Folded study scopes, kept in memory while a person is open and brought up to date by what is new. Owns the cache; `domain/study.ts` the
 * meaning. Invariant: what a caller gets holds everything that was committed before it asked.
 */
import { personOfStudyScope } from "../domain/ids.ts";
import { applyEvent, emptyStudy, type Study, type StudyEvent } from "../domain/study.ts";
import type { PersonDatabase } from "./person-schema.ts";
import { NO_MARKS, readScopeEvents, type ScopeMarks } from "./scope-events.ts";

interface Cached {
  study: Study;
  marks: ScopeMarks;
}

export class Studies {
  private readonly db: PersonDatabase;
  private readonly cached = new Map<string, Cached>();
  /** One reading of a scope at a time: two would apply the same marks. */
  private readonly reading = new Map<string, Promise<unknown>>();

  /** Of a scope, what a hub holds and the root has not numbered: beside what is kept here, never in it. Set by who asks hubs. */
  extra: (scope: string) => readonly StudyEvent[] = () => [];

  constructor(db: PersonDatabase) {
    this.db = db;
  }

  async of(scope: string): Promise<Study> {
    const before = this.reading.get(scope) ?? Promise.resolve();
    const mine = before.then(
      async () => await this.read(scope),
      async () => await this.read(scope),
    );
    this.reading.set(scope, mine);
    return await mine;
  }

  private async read(scope: string): Promise<Study> {
    const cached = this.cached.get(scope);
    const { afresh, events, marks } = await readScopeEvents(this.db, scope, cached?.marks ?? NO_MARKS);
    const study = fold(scope, events, afresh ? undefined : cached?.study);
    this.cached.set(scope, { study, marks });
    const extra = this.extra(scope);
    return extra.length > 0 ? fold(scope, [...extra, ...(await readScopeEvents(this.db, scope, NO_MARKS)).events]) : study;
  }
}

function fold(scope: string, events: readonly StudyEvent[], study = emptyStudy(personOfStudyScope(scope) ?? "")): Study {
  for (const event of events) applyEvent(study, event);
  return study;
}
