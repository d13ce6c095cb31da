import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { addPerson, makeApp } from "../testing/app.ts";
import { listMessages, sendMessage } from "./messages.ts";
import { openSession } from "./open-session.ts";
import type { Session } from "./session.ts";
import { UnsentWords } from "./unsent-words.ts";

let session: Session;

beforeEach(async () => {
  const app = makeApp();
  session = await openSession(app, await addPerson(app));
});

afterEach(() => session.close());

const PLACE = "message:somebody";
const kept = async (place = PLACE) => (await new UnsentWords(session, place).read()).text;

/** A field as it stands in a window that was opened just now. */
async function opened(place = PLACE): Promise<{ words: UnsentWords; text: string }> {
  const words = new UnsentWords(session, place);
  const { text, upon } = await words.read();
  words.upon = upon;
  return { words, text };
}

test("what a field was opened with is replaced by what is typed on, from however many windows it came", async () => {
  const [left, right] = [await opened(), await opened()];
  await left.words.keep("甲");
  await right.words.keep("乙");
  const third = await opened();
  expect(third.text).toBe("甲\n乙");
  await third.words.keep("甲乙");
  expect(await kept()).toBe("甲乙");
});

test("a field that did not show another's words neither erases nor sends them away", async () => {
  const left = await opened();
  const right = await opened();
  await left.words.keep("甲");
  await right.words.keep("");
  expect(await kept()).toBe("甲");
  await right.words.keep("乙");
  await sendMessage(session, session.person.id, "乙", undefined, right.words);
  await right.words.keep("");
  expect(await kept()).toBe("甲");
});

test("words whose storing failed are kept once by the next try", async () => {
  const { words } = await opened();
  const { db } = session;
  const write = db.write.bind(db);
  const broken = vi.spyOn(db, "write").mockImplementation(async (stores, work) => {
    await write(stores, work);
    throw new Error("it was stored, and nobody heard of it");
  });
  await expect(words.keep("甲")).rejects.toThrow();
  broken.mockRestore();
  await words.keep("甲乙");
  expect(await kept()).toBe("甲乙");
});

test("what a reload left behind replaces what was stored of it, not what another window has stored since", async () => {
  const before = await opened();
  await before.words.keep("甲");
  const left = before.words.leaving("甲乙");
  const after = new UnsentWords(session, PLACE);
  after.upon = left;
  await after.keep("甲乙");
  expect(await kept()).toBe("甲乙");
  const other = await opened();
  await other.words.keep("丙");
  const again = new UnsentWords(session, PLACE);
  again.upon = left;
  await again.keep("甲乙丁");
  expect(await kept()).toBe("丙\n甲乙丁");
});

test("a place holds nothing of another whose name begins like its own", async () => {
  await new UnsentWords(session, `${PLACE}2`).keep("别处");
  await new UnsentWords(session, `${PLACE} choice`).keep("选择");
  expect(await kept()).toBe("");
});

test("of words from two windows the field lets go of those that another has sent, and of no others", async () => {
  const [left, right] = [await opened(), await opened()];
  await left.words.keep("甲");
  await right.words.keep("乙");
  const third = await opened();
  const told = new Promise<string[]>((heard) => {
    const end = third.words.follow((...texts) => {
      end();
      heard(texts);
      return true;
    });
  });
  await sendMessage(session, session.person.id, "甲", undefined, left.words);
  expect(await told).toEqual(["甲\n乙", "乙"]);
  await third.words.keep("乙二");
  expect(await kept()).toBe("乙二");
});

test("whatever is typed, sent and opened again in three windows, each word was sent or is kept", async () => {
  const act = fc.tuple(fc.constantFrom("type", "send", "open"), fc.nat(2));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const place = `message:${(run += 1)}`;
      const fields = [await opened(place), await opened(place), await opened(place)];
      const typed: string[] = [];
      for (const [what, which] of acts) {
        const field = fields[which] ?? (await opened(place));
        if (what === "open") fields[which] = await opened(place);
        else if (what === "type") {
          typed.push(`<${run}.${typed.length}>`);
          field.text += typed[typed.length - 1] ?? "";
          await field.words.keep(field.text);
        } else if (field.text !== "") {
          await sendMessage(session, session.person.id, field.text, undefined, field.words);
          field.text = "";
          await field.words.keep("");
        }
      }
      const sent = (await listMessages(session, session.person.id)).map(({ text }) => text).join("\n");
      const left = await kept(place);
      expect(typed.filter((word) => !sent.includes(word) && !left.includes(word))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
