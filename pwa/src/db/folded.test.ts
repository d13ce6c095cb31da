import { expect, test, vi } from "vitest";
import { folded } from "./folded.ts";
import { until } from "../testing/until.ts";

/** Work whose runs end and fail by hand. */
function stages() {
  const ends: (() => void)[] = [];
  const fails: (() => void)[] = [];
  const work = async () =>
    await new Promise<void>((resolve, reject) => {
      ends.push(resolve);
      fails.push(() => reject(new Error("no")));
    });
  return { ends, fails, work };
}

test("what is asked during a run is one more run, however often it was asked", async () => {
  const { ends, work } = stages();
  const ask = folded(work, () => undefined);
  for (let count = 0; count < 5; count += 1) ask();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await until(() => expect(ends).toHaveLength(2));
  ends[1]?.();
  await new Promise((resolve) => setTimeout(resolve));
  expect(ends).toHaveLength(2);
  ask();
  expect(ends).toHaveLength(3);
});

test("a run that fails takes nothing of what was asked meanwhile", async () => {
  const { ends, fails, work } = stages();
  const failed = vi.fn();
  const ask = folded(work, failed);
  ask();
  ask();
  fails[0]?.();
  await until(() => expect(ends).toHaveLength(2));
  expect(failed).toHaveBeenCalledOnce();
});
