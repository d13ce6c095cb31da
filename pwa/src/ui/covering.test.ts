/** What a finger went over is gone, whole blocks at a time. */
import { expect, test } from "vitest";
import { blocksAlong, cover, gridOf, placeOf } from "./covering.ts";

test("a covered block is one colour, and covering it again changes nothing", () => {
  const pixels = Uint8ClampedArray.from({ length: 16 * 4 }, (_, index) => (index * 37) % 256);
  cover(pixels);
  const first = pixels.slice(0, 4);
  for (let at = 0; at < pixels.length; at += 4) expect(pixels.slice(at, at + 4)).toEqual(first);
  const before = pixels.slice();
  cover(pixels);
  expect(pixels).toEqual(before);
});

test("a quick finger leaves no gap between two points", () => {
  const grid = gridOf(1280, 960);
  const touched = new Set(blocksAlong(grid, { x: 10, y: 480 }, { x: 1270, y: 480 }));
  const row = Math.floor(480 / grid.block);
  for (let column = 0; column < grid.columns; column += 1) expect(touched.has(row * grid.columns + column)).toBe(true);
});

test("a tap at the edge stays inside the picture", () => {
  const grid = gridOf(100, 60);
  for (const point of [
    { x: 0, y: 0 },
    { x: 99, y: 59 },
    { x: -5, y: 900 },
  ]) {
    for (const index of blocksAlong(grid, point, point)) {
      const place = placeOf(grid, index);
      expect(place.x).toBeLessThan(100);
      expect(place.y).toBeLessThan(60);
    }
  }
});

test("a block is coarse, however small the picture", () => {
  expect(gridOf(1280, 960).block).toBe(43);
  expect(gridOf(40, 30).block).toBe(8);
});
