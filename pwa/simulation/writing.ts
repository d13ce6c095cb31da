/** What people write: good events of every kind, kinds of later apps, and what broken or forbidden apps send. Owns the fate of each. */
import type { NewEvent } from "../src/db/append.ts";
import type { Fate } from "./truth.ts";
import type { World } from "./world.ts";
import type { Phone } from "./phone.ts";

interface Draft {
  kind: string;
  payload: Record<string, unknown>;
  fate: Fate;
}

/** Characters, of three bytes each: more than an event's payload may hold. */
const TOO_LONG = 11_000;
const THING = "AAAAAAAAAAAAAAAA";
const VERSION = "AAAAAAAAAAAAAAAAAAAAAA";
const PLACE = { pack: "village-reading", version: 1, lesson: "ten-books" };

/** Some events of one person, saved at once, of one or two scopes. */
export async function writeSomething(world: World, phone: Phone, tab = phone.anyTab()): Promise<void> {
  const { chance } = world;
  const scopes = [chooseScope(world, phone), chooseScope(world, phone)];
  const events: NewEvent[] = [];
  const tokens: string[] = [];
  for (let count = 1 + chance.below(4); count > 0; count -= 1) {
    const scope = scopes[chance.chance(0.8) ? 0 : 1] as string;
    const draft = makeDraft(world, phone, scope);
    const token = `${phone.name}#${world.nextNumber()}`;
    tokens.push(token);
    world.truth.write(token, scope, phone.person.person, draft.fate);
    events.push({ scope, kind: draft.kind, payload: { ...draft.payload, token } } as unknown as NewEvent);
  }
  phone.clock.jump(chance.below(100_000));
  world.activities.begin(async () => {
    try {
      await tab.save(events);
      world.truth.saved(tokens, phone.name);
    } catch (error) {
      // A full disk says so; the words are still on the screen. Nothing else may keep them from being saved.
      if ((error as Error).name !== "StorageError") world.watch.broken("LOST", `${tokens.join(" ")} could not be saved: ${String(error)}`);
    }
  });
}

function chooseScope(world: World, phone: Phone): string {
  const { chance } = world;
  const { name, person } = phone.person;
  if (chance.chance(0.03)) return chance.pick(["pub", `c:${world.cohort}`]);
  if (name.startsWith("mentor") && chance.chance(0.85)) return `u:${chance.pick(world.teachers).person}`;
  if (name === "stranger" && chance.chance(0.3)) return `u:${chance.pick(world.teachers).person}`;
  return `u:${person}`;
}

function makeDraft(world: World, phone: Phone, scope: string): Draft {
  const { chance } = world;
  // A long text; now and then one that the root keeps aside for its length, until somebody lets it in.
  const length = chance.chance(0.03) ? chance.pick([9_000, TOO_LONG]) : 0;
  const text = "字".repeat(chance.below(60)) + noise(world, length);
  const message: Draft = { kind: "message_sent/1", payload: { message: THING, text }, fate: "shown" };
  const opened: Draft = { kind: "lesson_opened/1", payload: PLACE, fate: "shown" };
  const later: Draft = { kind: "harvest_counted/3", payload: { sacks: chance.below(9), of: { what: "rice" } }, fate: "shown" };
  const malformed: Draft = { kind: "lesson_opened/1", payload: { ...PLACE, lesson: chance.pick([7, null, "Not A Slug"]) }, fate: "aside" };
  const feedback: Draft = {
    kind: "feedback_given/1",
    payload: { feedback: THING, entry: THING, ver: VERSION, verdict: "accept", text },
    fate: "shown",
  };
  const journal: Draft = { kind: "journal_saved/1", payload: { entry: THING, ver: VERSION, parents: [], text }, fate: "shown" };
  const answered: Draft = {
    kind: "question_answered/1",
    payload: { ...PLACE, attempt: THING, question: "q-1", kind: "single", answer: "a", score: 1, duration_ms: chance.below(90_000) },
    fate: "shown",
  };
  const { name, person } = phone.person;
  const own = scope === `u:${person}`;
  const drafts = own
    ? [opened, opened, answered, answered, journal, journal, message, later, malformed, { ...feedback, fate: "aside" as const }]
    : [feedback, feedback, message, message, later, malformed, { ...opened, fate: "aside" as const }];
  const chosen = chance.pick(drafts);
  const draft =
    length === TOO_LONG && chosen.fate === "shown" && "text" in chosen.payload ? { ...chosen, fate: "either" as const } : chosen;
  if (own || draft.fate === "aside") return draft;
  // Who never had a role is set aside; who gets one while the world runs is shown once they have it.
  if (!scope.startsWith("u:") || name === "stranger" || name.startsWith("teacher")) return { ...draft, fate: "aside" };
  return name === "mentor-b" && draft.fate === "shown" ? { ...draft, fate: "paired" } : draft;
}

/** Text that no compression makes small. */
function noise(world: World, count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(0x4e00 + world.chance.below(20_000))).join("");
}
