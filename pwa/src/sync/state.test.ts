/** The table of SPEC.md is the table of the code, and every run ends. */
import fc from "fast-check";
import { expect, test } from "vitest";
import spec from "./SPEC.md?raw";
import { atRest, BOUNDS, type Happening, type State, step, TRANSITIONS } from "./state.ts";

test("the transition table of SPEC.md is the table of the code, cell by cell", () => {
  const lines = spec.split("\n").filter((line) => line.startsWith("| "));
  const header = lines.find((line) => line.includes("happens →"));
  const happenings = cells(header ?? "").slice(1) as Happening[];
  for (const [state, row] of Object.entries(TRANSITIONS)) {
    const written = cells(lines.find((line) => cells(line)[0] === state && cells(line).length > 10) ?? "").slice(1);
    expect([state, written]).toEqual([state, happenings.map((happening) => asWritten(row[happening]))]);
    expect(new Set(happenings)).toEqual(new Set(Object.keys(row)));
  }
});

test("whatever the network answers, a run ends within its bounds", () => {
  const possible = fc.array(fc.nat(), { minLength: 5000, maxLength: 5000 });
  fc.assert(
    fc.property(possible, (choices) => {
      let machine = step(atRest(), "triggered");
      let steps = 0;
      for (const choice of choices) {
        if (["resting", "signed_out", "outdated"].includes(machine.state)) return;
        const open = (Object.entries(TRANSITIONS[machine.state]) as [Happening, string][]).filter(
          ([happening, cell]) => cell !== "never" && happening !== "triggered" && happening !== "signed_in" && happening !== "failed",
        );
        machine = step(machine, (open[choice % open.length] as [Happening, string])[0]);
        steps += 1;
      }
      expect(steps).toBeLessThan(4 * BOUNDS.exchanges + 10);
    }),
    { numRuns: 30 },
  );
});

test("an answer that moves forgives the failures before it, a renewal is tried once", () => {
  let machine = step(atRest(), "triggered");
  for (let round = 0; round < 20; round += 1) {
    for (const happening of ["sealed", "unreachable", "waited", "sealed", "answered", "applied_more"] as const)
      machine = step(machine, happening);
  }
  expect(machine.state).toBe("sealing");
  for (const happening of ["sealed", "unauthorised", "renewed", "sealed", "unauthorised"] as const) machine = step(machine, happening);
  expect(machine.state).toBe("resting");
  expect(() => step(machine, "answered")).toThrow("cannot happen");
});

test("a trigger while signed out asks nothing of the network", () => {
  const out: State = step({ ...atRest(), state: "signed_out" }, "triggered").state;
  expect(out).toBe("signed_out");
});

function cells(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function asWritten(cell: string): string {
  if (cell === "never") return "–";
  return cell.endsWith("?") ? `${cell.slice(0, -1)} ᵇ` : cell;
}
