/** The order of choices, decided by the attempt's id: the same after every reload. Pure; splitmix32 over the bytes of the id. */
import { utf8 } from "./bytes.ts";

export function shuffled<T>(items: readonly T[], seed: string): T[] {
  const draw = randomFrom(seed);
  const out = [...items];
  for (let last = out.length - 1; last > 0; last -= 1) {
    const other = Math.floor(draw() * (last + 1));
    [out[last], out[other]] = [out[other] as T, out[last] as T];
  }
  return out;
}

/** 0 <= x < 1, always the same sequence for the same seed. */
export function randomFrom(seed: string): () => number {
  let state = utf8(seed).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0x9e3779b9);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 0x100000000;
  };
}
