/**
 * Pictures as the browser reads and writes them. Owns opening a file of the camera or gallery and encoding what stands on a canvas. Invariant:
 * what comes out was drawn, so nothing of the file but what can be seen is in it: no place, no time, no name of the camera.
 */

export type Picture = HTMLImageElement;

/** Throws when the browser cannot show it. Turned as the camera said. */
export async function openPicture(file: Blob): Promise<Picture> {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await picture.decode();
    return picture;
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

/** Width and height with the longer side at most `sideMax`; never larger than the picture. */
export function fitInto(width: number, height: number, sideMax: number): { width: number; height: number } {
  const scale = Math.min(1, sideMax / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const QUALITIES = [0.82, 0.68, 0.54, 0.4] as const;

/** WebP where the browser writes it, else JPEG; the best quality that stays below `bytesTarget`, or the least. */
export async function encodePicture(canvas: HTMLCanvasElement, bytesTarget: number): Promise<Blob> {
  let smallest: Blob | undefined;
  for (const quality of QUALITIES) {
    smallest = await encode(canvas, quality);
    if (smallest.size <= bytesTarget) break;
  }
  return smallest as Blob;
}

async function encode(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  for (const type of ["image/webp", "image/jpeg"]) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
    // A browser that does not write a type answers with PNG.
    if (blob !== null && blob.type === type) return blob;
  }
  throw new Error("the canvas could not be encoded");
}
