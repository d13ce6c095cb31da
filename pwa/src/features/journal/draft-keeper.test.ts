import { expect, test } from "vitest";
import { makeApp, openPerson } from "../../testing/app.ts";
import { saveDraft } from "../../use-cases/drafts.ts";
import { listDrafts } from "../../use-cases/list-drafts.ts";
import { DraftKeeper, type DraftStore } from "./draft-keeper.ts";
import { draftStoreOf } from "./draft-store.ts";

function memoryStore(): DraftStore & { drafts: Map<string, string> } {
  const drafts = new Map<string, string>();
  let given = 0;
  return {
    drafts,
    async save({ draft, text }, over) {
      const there = drafts.get(draft);
      if (there !== undefined && !over.includes(there)) return false;
      drafts.set(draft, text);
      return true;
    },
    freshName: (base) => `${base}~${++given}`,
  };
}

const keeperOf = (store: DraftStore, name: string, found: string | null, renamed: (name: string) => void = () => {}) =>
  new DraftKeeper(store, { draft: name, parents: [] }, found, renamed);

test("two tabs that write under one name keep both texts", async () => {
  const store = memoryStore();
  const first = keeperOf(store, "new:pack/lesson", null);
  const renamed: string[] = [];
  const second = keeperOf(store, "new:pack/lesson", null, (name) => renamed.push(name));
  await first.write("first tab");
  await second.write("second tab");
  await first.write("first tab, more");
  await second.write("second tab, more");
  expect([...store.drafts.values()].sort()).toEqual(["first tab, more", "second tab, more"]);
  expect(renamed).toEqual([second.head.draft]);
});

test("two tabs that write at the same moment keep both texts", async () => {
  const app = makeApp();
  const session = await openPerson(app);
  await saveDraft(session, { draft: "entry", parents: [], text: "kept" });
  const tabs = [1, 2].map(() => keeperOf(draftStoreOf(session, new Map()), "entry", "kept"));
  await Promise.all(tabs.map((tab, index) => tab.write(`kept, and tab ${index}`)));
  expect((await listDrafts(session)).map(({ text }) => text).sort()).toEqual(["kept, and tab 0", "kept, and tab 1"]);
  session.close();
});

test("a draft that was found is written on under its own name", async () => {
  const store = memoryStore();
  store.drafts.set("new~1", "begun yesterday");
  const keeper = keeperOf(store, "new~1", "begun yesterday");
  await keeper.write("begun yesterday, and on");
  expect([...store.drafts]).toEqual([["new~1", "begun yesterday, and on"]]);
});

test("a draft that another tab saved as an entry is written anew, not lost", async () => {
  const store = memoryStore();
  const keeper = keeperOf(store, "new~1", null);
  await keeper.write("a");
  store.drafts.delete("new~1");
  await keeper.write("ab");
  expect(store.drafts.get("new~1")).toBe("ab");
});
