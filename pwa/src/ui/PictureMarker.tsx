/**
 * A picture on a canvas, shrunk, on which a finger covers what must not be seen. Owns the strokes until the picture is taken; what is covered
 * is covered in the pixels themselves. Works with a keyboard too.
 */
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fitInto, type Picture } from "../platform/pictures.ts";
import { blocksAlong, cover, type Grid, gridOf, placeOf, type Point } from "./covering.ts";

interface PictureMarkerProps {
  picture: Picture;
  sideMax: number;
  /** Said of the canvas, with its keys. */
  label: string;
  /** Strokes so far; the owner keeps them, to undo and to know whether anything was covered. */
  strokes: number[][];
  onStroke: (blocks: number[]) => void;
  /** Where the pixels are when the owner wants them. */
  canvas: RefObject<HTMLCanvasElement | null>;
}

const KEYS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export function PictureMarker({ picture, sideMax, label, strokes, onStroke, canvas }: PictureMarkerProps) {
  const size = useMemo(() => fitInto(picture.naturalWidth, picture.naturalHeight, sideMax), [picture, sideMax]);
  const grid = useMemo(() => gridOf(size.width, size.height), [size]);
  const under = useRef<{ last: Point; blocks: number[] } | null>(null);
  const [frame, setFrame] = useState<Point | null>(null);

  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, picture, grid, strokes.flat());
  }, [picture, grid, strokes]);

  function touch(point: Point): void {
    if (under.current === null || canvas.current === null) return;
    const fresh = blocksAlong(grid, under.current.last, point);
    under.current = { last: point, blocks: [...under.current.blocks, ...fresh] };
    coverBlocks(canvas.current, grid, fresh);
  }

  function lift(): void {
    const done = under.current;
    under.current = null;
    if (done !== null && done.blocks.length > 0) onStroke([...new Set(done.blocks)]);
  }

  function press(event: KeyboardEvent): void {
    const step = KEYS[event.key];
    const at = frame ?? { x: Math.floor(grid.columns / 2), y: Math.floor(grid.rows / 2) };
    if (step !== undefined) setFrame({ x: within(at.x + step.x, grid.columns), y: within(at.y + step.y, grid.rows) });
    else if (event.key !== " ") return;
    else {
      const point = { x: (at.x + 0.5) * grid.block, y: (at.y + 0.5) * grid.block };
      onStroke(blocksAlong(grid, point, point));
    }
    event.preventDefault();
  }

  return (
    <div class="marker">
      <canvas
        ref={canvas}
        width={size.width}
        height={size.height}
        tabIndex={0}
        role="application"
        aria-label={label}
        data-testid="photo-canvas"
        data-strokes={strokes.length}
        onKeyDown={press}
        onFocus={() => setFrame((at) => at ?? { x: Math.floor(grid.columns / 2), y: Math.floor(grid.rows / 2) })}
        onBlur={() => setFrame(null)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          under.current = { last: pointIn(event, size.width), blocks: [] };
          touch(pointIn(event, size.width));
        }}
        onPointerMove={(event) => touch(pointIn(event, size.width))}
        onPointerUp={lift}
        onPointerCancel={lift}
      />
      {frame !== null && <span class="marker-frame" style={frameStyle(frame, grid, size)} />}
    </div>
  );
}

function pointIn(event: PointerEvent, width: number): Point {
  const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
  const scale = width / box.width;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
}

function within(value: number, count: number): number {
  return Math.min(count - 1, Math.max(0, value));
}

function frameStyle(frame: Point, grid: Grid, size: { width: number; height: number }) {
  const percent = (pixels: number, whole: number): string => `${(pixels / whole) * 100}%`;
  return {
    left: percent(frame.x * grid.block, size.width),
    top: percent(frame.y * grid.block, size.height),
    width: percent(grid.block, size.width),
    height: percent(grid.block, size.height),
  };
}

function draw(canvas: HTMLCanvasElement, picture: Picture, grid: Grid, blocks: readonly number[]): void {
  const context = contextOf(canvas);
  // What is transparent in the file is white, as on paper.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  coverBlocks(canvas, grid, blocks);
}

function coverBlocks(canvas: HTMLCanvasElement, grid: Grid, blocks: readonly number[]): void {
  const context = contextOf(canvas);
  for (const index of blocks) {
    const { x, y } = placeOf(grid, index);
    const pixels = context.getImageData(x, y, Math.min(grid.block, canvas.width - x), Math.min(grid.block, canvas.height - y));
    cover(pixels.data);
    context.putImageData(pixels, x, y);
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("there is no canvas to draw on");
  return context;
}
