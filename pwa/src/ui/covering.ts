/**
 * Covering parts of a picture: which blocks a stroke touches, and what a block becomes. Pure. Invariant: a covered block keeps one colour
 * and nothing else, so what was there cannot be computed back; covering twice changes nothing.
 */

export interface Grid {
  /** Pixels a block is wide and high. */
  block: number;
  columns: number;
  rows: number;
}

export interface Point {
  x: number;
  y: number;
}

/** Blocks along the longer side: coarse enough that a face that fills a tenth of it is three blocks. */
const BLOCKS = 30;

export function gridOf(width: number, height: number): Grid {
  const block = Math.max(8, Math.ceil(Math.max(width, height) / BLOCKS));
  return { block, columns: Math.ceil(width / block), rows: Math.ceil(height / block) };
}

/** Indexes of the blocks that a finger covers on its way from one point to the next, in pixels of the picture. */
export function blocksAlong(grid: Grid, from: Point, to: Point): number[] {
  const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / (grid.block / 2)));
  const found = new Set<number>();
  for (let step = 0; step <= steps; step += 1) {
    const share = step / steps;
    addAround(found, grid, from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
  }
  return [...found];
}

/** A fingertip: the block and its neighbours within one block's distance. */
function addAround(found: Set<number>, grid: Grid, x: number, y: number): void {
  const column = Math.floor(x / grid.block);
  const row = Math.floor(y / grid.block);
  for (const [dx, dy] of [
    [0, 0],
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    if (column + dx < 0 || column + dx >= grid.columns || row + dy < 0 || row + dy >= grid.rows) continue;
    found.add((row + dy) * grid.columns + column + dx);
  }
}

export function placeOf(grid: Grid, index: number): Point {
  return { x: (index % grid.columns) * grid.block, y: Math.floor(index / grid.columns) * grid.block };
}

/** Makes these pixels (RGBA) one colour, their mean. */
export function cover(pixels: Uint8ClampedArray): void {
  const sums = [0, 0, 0];
  for (let at = 0; at < pixels.length; at += 4) for (const part of [0, 1, 2]) sums[part] = (sums[part] ?? 0) + (pixels[at + part] ?? 0);
  const count = pixels.length / 4;
  for (let at = 0; at < pixels.length; at += 4) {
    for (const part of [0, 1, 2]) pixels[at + part] = Math.round((sums[part] ?? 0) / count);
    pixels[at + 3] = 255;
  }
}
