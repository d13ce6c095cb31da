import { expect, test } from "vitest";
import { Autosave, type SaveState } from "./autosave.ts";

const NO_STASH = { put: () => {}, drop: () => {} };

/** A store whose writes end when the test says so. */
class SlowStore {
  stored: string[] = [];
  #waiting: { text: string; end: (error?: Error) => void }[] = [];

  write = (text: string) =>
    new Promise<void>((resolve, reject) => {
      this.#waiting.push({
        text,
        end: (error) => {
          if (error === undefined) {
            this.stored.push(text);
            resolve();
          } else reject(error);
        },
      });
    });

  async end(error?: Error): Promise<void> {
    this.#waiting.shift()?.end(error);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
}

test("while a write is under way only the newest text waits", async () => {
  const store = new SlowStore();
  const autosave = new Autosave(store.write, NO_STASH);
  for (const text of ["今", "今天", "今天第", "今天第三节"]) autosave.changed(text);
  await store.end();
  await store.end();
  expect(store.stored).toEqual(["今", "今天第三节"]);
});

test("flush ends only when the last text is stored", async () => {
  const store = new SlowStore();
  const autosave = new Autosave(store.write, NO_STASH);
  autosave.changed("a");
  autosave.changed("ab");
  let ended = false;
  const flushed = autosave.flush().then(() => {
    ended = true;
  });
  await store.end();
  expect(ended).toBe(false);
  await store.end();
  await flushed;
  expect(store.stored.pop()).toBe("ab");
});

test("a text that could not be stored is said to be unsaved and goes with the next flush", async () => {
  const store = new SlowStore();
  const states: SaveState[] = [];
  const autosave = new Autosave(store.write, NO_STASH, (state) => states.push(state));
  autosave.changed("first");
  await store.end(new Error("full"));
  expect(states.pop()).toBe("failed");
  void autosave.flush();
  await store.end();
  expect(store.stored).toEqual(["first"]);
  expect(states.pop()).toBe("saved");
});

test("until a value is stored it is in the stash, and a value that was stored is not", async () => {
  const store = new SlowStore();
  let stashed: string | undefined;
  const autosave = new Autosave(store.write, {
    put: (text: string) => {
      stashed = text;
    },
    drop: () => {
      stashed = undefined;
    },
  });
  autosave.changed("a");
  autosave.changed("ab");
  expect(stashed).toBe("ab");
  await store.end();
  expect(stashed).toBe("ab");
  await store.end();
  expect(stashed).toBeUndefined();
});

test("a change that comes in the very moment in which a run ends is written", async () => {
  const stored: string[] = [];
  let again = true;
  const autosave = new Autosave<string>(
    (text) => {
      stored.push(text);
      return Promise.resolve();
    },
    NO_STASH,
    (state) => {
      if (state !== "saved" || !again) return;
      again = false;
      autosave.changed("said while it was shown as saved");
    },
  );
  autosave.changed("first");
  await autosave.flush();
  expect(stored).toEqual(["first", "said while it was shown as saved"]);
});
