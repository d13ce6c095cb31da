/**
 * The engine's state machine: which state follows which happening, and every bound. Pure: no clock, no chance, no I/O.
 * Invariant S19 of SPEC.md: from any state, any happenings end a run after a bounded number of exchanges.
 */

export type State = "resting" | "sealing" | "exchanging" | "applying" | "renewing" | "backing_off" | "signed_out" | "outdated";

const HAPPENINGS = [
  "triggered",
  "sealed",
  "answered",
  "unreachable",
  "busy",
  "too_large",
  "unauthorised",
  "revoked",
  "unsupported",
  "refused",
  "applied_more",
  "applied_all",
  "reset",
  "stalled",
  "renewed",
  "not_renewed",
  "waited",
  "signed_in",
  "failed",
] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** `never`: cannot happen there. A name with `?` holds only within its bound; beyond it the engine rests. */
export type Cell = State | "never" | `${"backing_off" | "sealing" | "renewing"}?`;

const NEVER = Object.fromEntries(HAPPENINGS.map((happening) => [happening, "never"])) as Record<Happening, Cell>;

function row(stay: State, cells: Partial<Record<Happening, Cell>>): Record<Happening, Cell> {
  return {
    ...NEVER,
    triggered: stay,
    signed_in: stay,
    failed: "resting",
    ...cells,
  };
}

export const TRANSITIONS: Record<State, Record<Happening, Cell>> = {
  resting: row("resting", { triggered: "sealing" }),
  sealing: row("sealing", { sealed: "exchanging" }),
  exchanging: row("exchanging", {
    answered: "applying",
    unreachable: "backing_off?",
    busy: "backing_off?",
    too_large: "sealing?",
    unauthorised: "renewing?",
    revoked: "signed_out",
    unsupported: "outdated",
    refused: "resting",
  }),
  applying: row("applying", {
    applied_more: "sealing?",
    applied_all: "resting",
    reset: "sealing?",
    stalled: "backing_off?",
  }),
  renewing: row("renewing", {
    unreachable: "backing_off?",
    busy: "backing_off?",
    revoked: "signed_out",
    unsupported: "outdated",
    refused: "resting",
    renewed: "sealing",
    not_renewed: "signed_out",
  }),
  backing_off: row("backing_off", { waited: "sealing" }),
  signed_out: row("signed_out", { signed_in: "resting", failed: "signed_out" }),
  outdated: row("outdated", { triggered: "sealing", failed: "outdated" }),
};

export const BOUNDS = {
  exchanges: 400,
  failures: 4,
  halvings: 6,
  resets: 6,
  renewals: 1,
} as const;

export interface Machine {
  state: State;
  /** Of this run. Failures are those in a row; the others are sums. */
  exchanges: number;
  failures: number;
  halvings: number;
  resets: number;
  renewals: number;
}

export function atRest(): Machine {
  return {
    state: "resting",
    exchanges: 0,
    failures: 0,
    halvings: 0,
    resets: 0,
    renewals: 0,
  };
}

/** Throws when the happening cannot be in this state: that is a bug, not a condition of the network. */
export function step(machine: Machine, happening: Happening): Machine {
  const cell = TRANSITIONS[machine.state][happening];
  if (cell === "never") throw new Error(`${happening} cannot happen while ${machine.state}`);
  if (happening === "triggered" && cell === "sealing") return { ...atRest(), state: "sealing" };
  const counted = count(machine, happening);
  const bounded = cell.endsWith("?");
  if (bounded && isSpent(counted)) return { ...counted, state: "resting" };
  return { ...counted, state: (bounded ? cell.slice(0, -1) : cell) as State };
}

function count(machine: Machine, happening: Happening): Machine {
  switch (happening) {
    case "sealed":
      return { ...machine, exchanges: machine.exchanges + 1 };
    case "unreachable":
    case "busy":
    case "stalled":
      return { ...machine, failures: machine.failures + 1 };
    case "too_large":
      return { ...machine, halvings: machine.halvings + 1 };
    case "reset":
      return { ...machine, resets: machine.resets + 1, failures: 0 };
    case "unauthorised":
      return { ...machine, renewals: machine.renewals + 1 };
    case "applied_more":
      return { ...machine, failures: 0 };
    default:
      return machine;
  }
}

function isSpent(machine: Machine): boolean {
  return (Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).some((bound) =>
    bound === "exchanges" ? machine.exchanges >= BOUNDS.exchanges : machine[bound] > BOUNDS[bound],
  );
}
