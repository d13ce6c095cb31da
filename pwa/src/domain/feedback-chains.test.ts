/** The golden examples that the server's feedback_chains.py reads too, and that the order of arrival changes nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "../../../contracts/golden/feedback_chains.json";
import { chainsOf } from "./feedback-chains.ts";
import type { FeedbackTrace } from "./study.ts";

type Case = { given: [string, string, string | null][]; withdrawn: [string, string][] };

function chains({ given, withdrawn }: Case): unknown[] {
  const feedback = new Map(
    given.map(([by, name, replaces]): [string, FeedbackTrace] => [
      `${by}/${name}`,
      {
        ...{ stream: "", seq: 0, atMs: 0, entry: "e", ver: "v", verdict: "comment" as const, text: "" },
        ...{ by, feedback: name },
        ...(replaces === null ? {} : { replaces }),
      },
    ]),
  );
  return chainsOf({ feedback, feedbackWithdrawn: new Set(withdrawn.map((one) => one.join("/"))) })
    .map(({ shown, earlier, withdrawn: gone }) => [shown.by, shown.feedback, ...earlier.map((each) => each.feedback), gone])
    .sort((left, right) => (left.join() < right.join() ? -1 : 1));
}

test.each(golden.cases)("of $given with $withdrawn taken back the server shows the same", (each) => {
  expect(chains(each as unknown as Case)).toEqual(each.chains);
});

test("the order of arrival changes nothing, and something is always shown", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e");
  const given = fc.uniqueArray(fc.tuple(fc.constantFrom("m", "n"), name, fc.option(name)), {
    selector: ([by, id]) => `${by}/${id}`,
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      given.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      fc.array(fc.tuple(fc.constantFrom("m", "n"), name), { maxLength: 3 }),
      ([all, shuffled], withdrawn) => {
        expect(chains({ given: shuffled, withdrawn })).toEqual(chains({ given: all, withdrawn }));
        if (all.length > 0) expect(chains({ given: all, withdrawn })).not.toEqual([]);
      },
    ),
  );
});
