/** How much happens in a world. Owns the two sizes: the small one of tests, and that of a rehearsal. */
/** How large a world is, and how long it takes on its own clock. */
export interface Extent {
  steps: number;
  /** The longest step, ms. One in twenty-five takes up to a day. */
  stepMs: number;
  phonesMax: number;
  /** Whose phones there are in the beginning; undefined: one for each person. */
  phones: readonly string[] | undefined;
  /** Whether every projection may be made anew at rest. */
  rebuild: boolean;
  /** A family of worlds of its own: the same seed is another world with hubs than without. */
  hubs?: true;
  /** Hubs, and the root while it hears one, lose their power at the storing of something. What else happens is as in the world of the same seed without, up to there. */
  powerCuts?: true;
}

export const SMALL: Extent = {
  steps: 140,
  stepMs: 600,
  phonesMax: 9,
  phones: ["teacher-a", "teacher-a", "teacher-b", "mentor-a", "mentor-b", "stranger"],
  rebuild: true,
};

export const WITH_HUBS: Extent = { ...SMALL, steps: 200, hubs: true };
export const WITH_POWER_CUTS: Extent = { ...WITH_HUBS, powerCuts: true };

/** So many phones through so many days, each doing something several times a day. */
export function rehearsal(phones: number, days: number): Extent {
  const steps = Math.max(200, phones * days * 3);
  // One step in twenty-five takes half a day on the average; the others share what is left.
  const stepMs = Math.max(600, Math.round(2 * ((days * 86_400_000) / steps - 86_400_000 / 50)));
  return { steps, stepMs, phonesMax: phones + 6, phones: undefined, rebuild: false };
}
