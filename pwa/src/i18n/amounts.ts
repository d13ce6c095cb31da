/** Bytes as people read them. */
const KB = 1000;
const MB = KB * 1000;
export const GB = MB * 1000;

/** "86 KB", "1.2 MB"; rounded up, so that a price is never more than what was said. */
export function sayBytes(bytes: number): string {
  if (bytes < MB) return `${Math.max(1, Math.ceil(bytes / KB))} KB`;
  if (bytes < GB) return `${number(Math.ceil((bytes / MB) * 10) / 10)} MB`;
  return `${number(Math.ceil((bytes / GB) * 10) / 10)} GB`;
}

function number(value: number): string {
  return value.toFixed(Number.isInteger(value) ? 0 : 1);
}
