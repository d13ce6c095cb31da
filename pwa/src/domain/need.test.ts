/** The golden examples that the server's rule reads too. */
import { expect, test } from "vitest";
import golden from "../../../contracts/golden/need.json";
import { assessNeed, deriveFacts, type NeedFacts } from "./need.ts";

interface WireFacts {
  last_active_ms: number | null;
  entries_waiting: number;
  entry_since_ms: number | null;
  messages_waiting: number;
  message_since_ms: number | null;
  low_score: NeedFacts["lowScore"];
}

function fromWire(facts: WireFacts): NeedFacts {
  return {
    lastActiveMs: facts.last_active_ms,
    entriesWaiting: facts.entries_waiting,
    entrySinceMs: facts.entry_since_ms,
    messagesWaiting: facts.messages_waiting,
    messageSinceMs: facts.message_since_ms,
    lowScore: facts.low_score,
  };
}

test.each(golden.derived)("facts: $name", (example) => {
  const facts = deriveFacts({
    lastActiveMs: example.last_active_ms,
    heads: example.heads.map(({ entry, at_ms, reviewed }) => ({
      entry,
      atMs: at_ms,
      reviewed,
    })),
    said: example.said.map(({ by_mentor, at_ms, message }) => ({
      byMentor: by_mentor,
      atMs: at_ms,
      message,
    })),
    tries: example.tries,
  });
  expect(facts).toEqual(fromWire(example.facts));
});

test.each(golden.assessed)("need: $name", (example) => {
  const { rank, reasonKey, sinceMs, params } = assessNeed(fromWire(example.facts), example.now_ms);
  expect({ rank, reason_key: reasonKey, since_ms: sinceMs, params }).toEqual(example.need);
});
